using BenchmarkDotNet.Attributes;

namespace Ikada.Benchmarks;

/// <summary>What consensus costs a leader per entry: proposed in batches of 128 B entries, sent to the
/// others, acknowledged by them, flushed by its own disk, committed; the log is compacted as production
/// does.</summary>
public class LeaderReplication
{
    private LeaderLoop _leader = new(voters: 1, batch: 1);

    [Params(3, 5)]
    public int Voters { get; set; }

    [Params(64, 256)]
    public int Batch { get; set; }

    [GlobalSetup]
    public void Elect()
    {
        _leader = new LeaderLoop(Voters, Batch);
        // Past the first compactions: from here on nothing grows.
        for (var i = 0; i < 2 * LeaderLoop.CompactEvery / Batch; i++)
        {
            _leader.ReplicateBatch();
        }
    }

    /// <summary>256 batches of 64 or 64 batches of 256: so many entries that a compaction's share is
    /// in.</summary>
    [Benchmark(OperationsPerInvoke = LeaderLoop.CompactEvery)]
    public ulong EntryReplicated()
    {
        for (var i = 0; i < LeaderLoop.CompactEvery / Batch; i++)
        {
            _leader.ReplicateBatch();
        }

        return _leader.Commit;
    }
}
