using Ikada.KeyValue;
using Ikada.Simulation.Workloads.Store;

namespace Ikada.Faults.Clients;

/// <summary>Puts, reads, deletes, compares and swaps, and puts two keys at once.</summary>
internal sealed class RegisterClient(Recorder recorder, Caller caller, KeyPlan keys, Random random)
{
    private const int ThinkMillisecondsMax = 20;

    // What it last saw under a key, to compare with.
    private readonly Dictionary<int, byte[]?> _seen = [];

    public async Task RunAsync()
    {
        while (!caller.IsOver)
        {
            var key = keys.FirstAt(TimeSpan.FromTicks(recorder.Now / TimeSpan.NanosecondsPerTick))
                + random.Next(KeyPlan.KeysOfRound);
            var id = recorder.NextId();
            var asked = Next(id, key);
            Note(key, await caller.AskAsync(id, asked), asked);
            await Task.Delay(random.Next(ThinkMillisecondsMax));
        }
    }

    private StoreRequest Next(long id, int key) => random.Next(100) switch
    {
        < 35 => new PutRequest(key, Caller.Value(id), 0),
        < 60 => new ReadRequest(new KeySpan(key, 1), default),
        < 65 => new ReadRequest(PairOf(key), default),
        < 72 => new DeleteRequest(new KeySpan(key, 1), WantsPrevious: false),
        < 93 => Swap(id, key),
        _ => new TransactionRequest(
            [],
            [
                new PutRequest(PairOf(key).First, Caller.Value(id), 0),
                new PutRequest(PairOf(key).First + 1, Caller.Value(id, 1), 0),
            ],
            []),
    };

    private TransactionRequest Swap(long id, int key)
    {
        var expected = _seen.GetValueOrDefault(key);
        return new TransactionRequest(
            [
                expected is null
                    ? new StoreCondition(key, ComparisonTarget.Version, ComparisonResult.Equal, 0, [])
                    : new StoreCondition(key, ComparisonTarget.Value, ComparisonResult.Equal, 0, expected),
            ],
            [new PutRequest(key, Caller.Value(id), 0)],
            [new ReadRequest(new KeySpan(key, 1), default)]);
    }

    private void Note(int key, Recorded operation, StoreRequest asked)
    {
        if (operation.Outcome != RecordedOutcome.Ok)
        {
            return;
        }

        var found = operation.Found
            ?? (operation.Did!.Responses is [var first, ..] ? first.Range : null);
        switch (asked)
        {
            case PutRequest put:
                _seen[key] = put.Value;
                break;
            case DeleteRequest:
                _seen.Remove(key);
                break;
            case TransactionRequest { Conditions.Count: > 0 } swap when operation.Did!.Succeeded:
                _seen[key] = ((PutRequest)swap.Success[0]).Value;
                break;
            case ReadRequest { Keys.Count: 1 } or TransactionRequest { Conditions.Count: > 0 }:
                _seen[key] = found!.Items.Count == 0 ? null : found.Items[0].Value.ToArray();
                break;
        }
    }

    private static KeySpan PairOf(int key) => new(key & ~1, 2);
}
