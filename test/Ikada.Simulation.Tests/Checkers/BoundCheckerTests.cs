using Ikada.Log;
using Ikada.Simulation.Checkers;
using static Ikada.Simulation.Tests.Checkers.ConsensusCheckerTests;

namespace Ikada.Simulation.Tests.Checkers;

/// <summary>Disks and memory that grow beyond their bounds: each must be found.</summary>
public sealed class BoundCheckerTests
{
    private static readonly LogOptions Options = new()
    {
        SegmentBytes = 64 << 10, FreeSegmentsMax = 1, SegmentsBeforeRewrite = 2,
    };

    private readonly DiskUse _use = new(0, Options, nodes: 3);

    [Fact]
    public void Segments_that_are_never_freed_are_found()
    {
        Look(Segments(8));
        Fires(DiskUse.Property, () => Look(Segments(9)));
        _use.Live(64 << 10);
        Look(Segments(9));
    }

    [Fact]
    public void Segments_that_go_one_by_one_behind_a_head_have_until_the_head_after_it()
    {
        _use.Live(300 << 10);
        _use.Live(0);
        Look(Segments(20));
        Look(Segments(20)[1..]);
        Look(Segments(20)[2..]);
        Look(Segments(21)[3..]);
        Fires(DiskUse.Property, () => Look(Segments(21)[4..]));
    }

    [Fact]
    public void Snapshots_that_are_never_deleted_are_found()
    {
        Look(Snapshots(5, string.Empty));
        Fires(DiskUse.Property, () => Look(Snapshots(6, string.Empty)));
    }

    [Fact]
    public void Parts_of_snapshots_that_are_never_dropped_are_found()
    {
        Look(Snapshots(3, ".part"));
        Fires(DiskUse.Property, () => Look(Snapshots(4, ".part")));
    }

    [Fact]
    public void A_tail_that_holds_durable_entries_beyond_its_bound_is_found()
    {
        TailBound.Compare(0, tail: 150, bytesMax: 100, waiting: 50);
        Fires(TailBound.Property, () => TailBound.Compare(0, tail: 151, bytesMax: 100, waiting: 50));
    }

    private void Look(string[] names) => _use.Look(names, _ => 64 << 10);

    private static string[] Segments(int count) =>
        [.. Enumerable.Range(1, count).Select(at => $"segment-{at:x16}.log")];

    private static string[] Snapshots(int count, string suffix) =>
        [.. Enumerable.Range(1, count).Select(at => $"snapshot-{1:x16}-{at:x16}-{1:x16}{suffix}")];
}
