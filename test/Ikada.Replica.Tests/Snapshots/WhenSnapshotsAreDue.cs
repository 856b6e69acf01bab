using Ikada.Replica.Snapshots;

namespace Ikada.Replica.Tests.Snapshots;

/// <summary>What a snapshot costs is bounded by what was written to the log.</summary>
public sealed class WhenSnapshotsAreDue
{
    private const long Mebibyte = 1 << 20;
    private static readonly ReplicaOptions Defaults = new();

    [Theory]
    [InlineData(100_000, 1, 0, false, true)]
    [InlineData(99_999, 1, 0, false, false)]
    [InlineData(100_000, 1, 1, false, true)] // a small one is taken by the count alone
    [InlineData(100_000, 20, 300, false, false)] // a large one is not written again for little log
    [InlineData(100_000, 300, 300, false, true)]
    [InlineData(100_000, 300, 300, true, false)] // a machine that is durable has no use for it at a start
    [InlineData(100_000, 1200, 300, true, true)]
    [InlineData(10, 64, 0, false, true)]
    [InlineData(10, 63, 0, false, false)]
    [InlineData(10, 64, 65, false, false)]
    [InlineData(10, 260, 65, true, true)]
    [InlineData(0, 64, 0, false, false)]
    public void One_is_due_after_so_many_entries_or_bytes_and_as_much_log_as_the_last_one_has(
        int entries, int logMebibytes, int lastMebibytes, bool isDurable, bool isDue)
    {
        Assert.Equal(
            isDue,
            SnapshotPolicy.IsDue(
                Defaults, (ulong)entries, logMebibytes * Mebibyte, lastMebibytes * Mebibyte, isDurable));
    }
}
