using System.Buffers;
using Ikada.Consensus;
using Ikada.KeyValue;
using Ikada.Log.Snapshots;
using Ikada.Primitives;
using Ikada.Simulation.Checkers;
using Ikada.StateMachine;
using static Ikada.Simulation.Tests.Checkers.ConsensusCheckerTests;

namespace Ikada.Simulation.Tests.Checkers;

/// <summary>Planted bugs in what becomes of snapshots: each must be found.</summary>
public sealed class SnapshotCheckerTests
{
    private const string Older = "snapshot-0000000000000001-0000000000000005-0000000000000001";
    private const string Newer = "snapshot-0000000000000001-0000000000000009-0000000000000001";
    private readonly SnapshotImage _image = new(0);

    [Fact]
    public void A_state_older_than_a_durable_snapshot_is_found()
    {
        Save(Newer);
        _image.Opened(9);
        Fires(SnapshotImage.Property, () => _image.Opened(8));
    }

    [Fact]
    public void A_snapshot_whose_name_was_not_synced_may_be_gone_after_a_power_cut()
    {
        Save(Older);
        _image.Renamed(Newer + ".part", Newer);
        _image.PowerLost();
        _image.DirectorySynced();
        _image.Opened(5);
        Assert.Equal([Older], _image.Durable);
    }

    [Fact]
    public void A_compaction_beyond_what_is_verified_is_found()
    {
        Save(Older, verified: 5);
        Save(Newer);
        _image.Forgets(5);
        Fires(SnapshotImage.CoverProperty, () => _image.Forgets(6));
        _image.Verified(9, 1, isKept: true);
        _image.Forgets(6);
    }

    [Fact]
    public void Deleting_the_last_verified_snapshot_of_what_the_log_forgot_is_found()
    {
        Save(Older, verified: 5);
        _image.Forgets(5);
        Save(Newer);
        Fires(SnapshotImage.CoverProperty, () => _image.Gone(Older));
    }

    [Fact]
    public void One_that_was_received_and_is_not_in_force_may_be_thrown_away()
    {
        Save(Older);
        _image.Verified(5, 1, isKept: false);
        _image.Forgets(5);
        _image.Gone(Older);
    }

    [Fact]
    public void Of_a_damaged_snapshot_nothing_is_expected()
    {
        Save(Older, verified: 5);
        _image.Forgets(5);
        _image.Injured(Older);
        _image.Opened(0);
        _image.Renamed(Older, "damaged-" + Older);
    }

    // The simulator's seed 985750500232: the older one was kept since it was being sent.
    [Fact]
    public void Of_one_that_ends_before_the_log_begins_nothing_is_expected_once_the_newer_is_damaged()
    {
        Save(Older, verified: 5);
        Save(Newer, verified: 9);
        _image.Forgets(9);
        _image.Injured(Newer);
        _image.Opened(0);
        _image.Recovered(5);
        Fires(SnapshotImage.Property, () => _image.Opened(0));
    }

    [Fact]
    public void Two_snapshots_of_one_index_with_different_bytes_are_found()
    {
        var contents = new SnapshotContents(Bases());
        contents.Made(0, Snapshot(2, hash: 7));
        contents.Made(1, Snapshot(2, hash: 7));
        Fires(SnapshotContents.Property, () => contents.Made(1, Snapshot(2, hash: 8)));
    }

    [Fact]
    public void A_snapshot_of_what_is_not_committed_is_found()
    {
        var contents = new SnapshotContents(Bases());
        Fires(BaseRule.Property, () => contents.Made(0, Snapshot(3, hash: 7)));
    }

    [Fact]
    public void A_snapshot_with_a_later_membership_is_found()
    {
        var contents = new SnapshotContents(Bases());
        var later = new Membership([new Member(new NodeId(1), null, default)], [new NodeId(1)]);
        Fires(BaseRule.Property, () => contents.Made(0, Snapshot(2, hash: 7) with { Membership = later }));
    }

    [Fact]
    public void Pieces_beyond_the_bound_or_before_the_answer_are_found()
    {
        var flow = new SnapshotFlow(2, 100);
        flow.Leaves(0, Transfer(MessageType.SnapshotOffer, 0), 0);
        Fires(SnapshotFlow.Property, () => flow.Leaves(0, Transfer(MessageType.SnapshotPiece, 0), 50));
        flow.Answered(0, Answer(40));
        flow.Leaves(0, Transfer(MessageType.SnapshotPiece, 40), 50);
        flow.Leaves(0, Transfer(MessageType.SnapshotPiece, 90), 50);
        Assert.Equal((1, 100), (flow.Resumed, flow.Bytes));
        Fires(SnapshotFlow.Property, () => flow.Leaves(0, Transfer(MessageType.SnapshotPiece, 140), 1));
    }

    [Fact]
    public void A_snapshot_that_changes_after_it_was_taken_is_found()
    {
        var moving = new Moving();
        var taken = new PointInTime(0, moving);
        taken.WriteTo(new ArrayBufferWriter<byte>());
        moving.State = 2;
        Fires(PointInTime.Property, () => taken.WriteTo(new ArrayBufferWriter<byte>()));
    }

    [Fact]
    public void A_state_that_is_not_what_it_was_restored_from_is_found()
    {
        var store = new KeyValueStore();
        var bytes = new ArrayBufferWriter<byte>();
        store.CaptureSnapshot().WriteTo(bytes);
        PointInTime.Restored(0, store, new ReadOnlySequence<byte>(bytes.WrittenMemory));
        Fires(PointInTime.Property, () =>
            PointInTime.Restored(0, store, new ReadOnlySequence<byte>(bytes.WrittenMemory[1..])));
    }

    private void Save(string name, ulong verified = 0)
    {
        _image.Renamed(name + ".part", name);
        _image.DirectorySynced();
        if (verified > 0)
        {
            _image.Verified(verified, 1, isKept: true);
        }
    }

    private static BaseRule Bases()
    {
        var committed = new CommittedLog();
        committed.Commits(0, LogOf((1, 10), (1, 11)), 2);
        return new BaseRule(committed, new Memberships());
    }

    private static SnapshotDescriptor Snapshot(ulong index, ulong hash) => new(
        new GroupId(1), new LogPosition(new LogIndex(index), new Term(1)), Membership.Empty, 200, hash);

    private static Message Transfer(MessageType type, ulong offset) => new()
    {
        Type = type, From = new NodeId(1), To = new NodeId(2), Round = offset, Sequence = 4,
    };

    private static Message Answer(ulong offset) => new()
    {
        Type = MessageType.SnapshotAnswer, From = new NodeId(2), To = new NodeId(1), Round = offset,
        Sequence = 4,
    };

    private sealed class Moving : IStateSnapshot
    {
        public byte State { get; set; } = 1;

        public LogIndex AppliedIndex => new(1);

        public void WriteTo(IBufferWriter<byte> writer) => writer.Write([State]);
    }
}
