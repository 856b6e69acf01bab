using Ikada.KeyValue;

namespace Ikada.Server;

/// <summary>Renews leases through the log: those that come while a command is under way go with the next
/// one, so there is at most one at a time, however many leases there are.</summary>
internal sealed class LeaseRenewals(StoreCalls calls)
{
    private const int LeasesAtOnceMax = 10_000;
    private readonly Lock _gate = new();
    private readonly Queue<Renewal> _waiting = new();
    private bool _isSending;

    /// <summary>Renews a lease; gives its granted time in seconds, 0 if it does not exist.</summary>
    public Task<long> RenewAsync(long id)
    {
        var renewal = new Renewal(id, new(TaskCreationOptions.RunContinuationsAsynchronously));
        lock (_gate)
        {
            _waiting.Enqueue(renewal);
            if (!_isSending)
            {
                _isSending = true;
                _ = SendAsync();
            }
        }

        return renewal.Done.Task;
    }

    private async Task SendAsync()
    {
        while (Take() is { Count: > 0 } some)
        {
            try
            {
                var result = await calls.WriteAsync(
                    LeaseCommand.EncodeRenew([.. some.Select(one => one.Id)]), CancellationToken.None);
                for (var i = 0; i < some.Count; i++)
                {
                    some[i].Done.SetResult(result.TimesToLive[i]);
                }
            }
            catch (Exception failure)
            {
                // Whatever it is, those who wait are told, and the next ones get their turn.
                some.ForEach(one => one.Done.TrySetException(failure));
            }
        }
    }

    private List<Renewal> Take()
    {
        lock (_gate)
        {
            var some = new List<Renewal>();
            while (some.Count < LeasesAtOnceMax && _waiting.TryDequeue(out var one))
            {
                some.Add(one);
            }

            _isSending = some.Count > 0;
            return some;
        }
    }

    private sealed record Renewal(long Id, TaskCompletionSource<long> Done);
}
