using Ikada.Simulation.Workloads.Store;

namespace Ikada.Faults.Clients;

/// <summary>Grants a lease, puts its key under it, keeps it alive for a while, then takes it back or lets it
/// run out and looks until the key is gone.</summary>
/// <param name="recorder">Gives numbers.</param>
/// <param name="caller">Asks.</param>
/// <param name="key">Its key.</param>
/// <param name="firstLease">The ids of its leases come behind it.</param>
/// <param name="secondsMax">For how long it is granted a lease at most, at least 2.</param>
/// <param name="livesLong">Whether its leases are said to live longer than they do.</param>
/// <param name="random">Draws.</param>
internal sealed class LeaseClient(
    Recorder recorder, Caller caller, int key, long firstLease, int secondsMax, bool livesLong,
    Random random)
{
    private const int SecondsMin = 2;

    // Of a lease that is said to live longer than it does.
    private const int LongSeconds = 60;
    private const int LookMilliseconds = 60;
    private readonly KeySpan _key = new(key, 1);
    private long _lease = firstLease;

    public async Task RunAsync()
    {
        while (!caller.IsOver)
        {
            _lease++;
            var seconds = livesLong ? LongSeconds : random.Next(SecondsMin, secondsMax + 1);
            // A lease without its key is let go: nobody can see how it ends.
            if (await GetsAsync(new GrantRequest(_lease, seconds)) && await PutsAsync())
            {
                await KeepAsync();
                if (random.Next(3) > 0 || !await GetsAsync(new RevokeRequest(_lease, 0)))
                {
                    await LookAsync();
                }
            }
        }
    }

    private async Task KeepAsync()
    {
        for (var times = random.Next(4); times > 0 && !caller.IsOver; times--)
        {
            await Task.Delay(TimeSpan.FromSeconds(SecondsMin / (2.0 + random.Next(4))));
            await GetsAsync(new RenewRequest([_lease]));
        }
    }

    private async Task LookAsync()
    {
        while (!caller.IsOver)
        {
            var look = await caller.AskAsync(recorder.NextId(), new ReadRequest(_key, default));
            if (look.Outcome == RecordedOutcome.Ok && look.Found!.Items.Count == 0)
            {
                return;
            }

            await Task.Delay(random.Next(LookMilliseconds));
        }
    }

    private async Task<bool> PutsAsync()
    {
        var id = recorder.NextId();
        var put = await caller.AskAsync(id, new PutRequest(key, Caller.Value(id), _lease));
        return put.Outcome == RecordedOutcome.Ok;
    }

    private async Task<bool> GetsAsync(StoreRequest request) =>
        (await caller.AskAsync(recorder.NextId(), request)).Outcome == RecordedOutcome.Ok;
}
