using System.Buffers.Binary;
using Ikada.Log;
using Ikada.Primitives;
using Ikada.Simulation.Checkers;
using static Ikada.Simulation.Tests.Checkers.ConsensusCheckerTests;

namespace Ikada.Simulation.Tests.Checkers;

public sealed class DurableImageTests
{
    private readonly NodeView _view = new(0, Membership.Empty);
    private readonly DurableImage _image;

    public DurableImageTests()
    {
        var matching = new LogMatching();
        _image = new DurableImage(_view, matching, new OneVotePerTerm(), Bases());
        var log = LogOf((1, 10), (1, 11));
        matching.Holds(0, "log", 1, log.At(1));
        matching.Holds(0, "log", 2, log.At(2));
        _image.Recovered(Found([At(1, 1), At(2, 1)], State(3, 2)), powerWasLost: true);
    }

    [Fact]
    public void What_is_recovered_counts_as_durable()
    {
        Assert.Equal(2UL, _view.Durable.Last);
        Assert.Equal((3UL, new NodeId(2)), (_view.DurableTerm, _view.DurableVote));
        _image.Recovered(Found([At(1, 1), At(2, 1)], State(3, 2)), powerWasLost: true);
    }

    [Fact]
    public void An_entry_lost_by_recovery_is_found() => Fires(
        DurableImage.Property,
        () => _image.Recovered(Found([At(1, 1)], State(3, 2)), powerWasLost: true));

    [Fact]
    public void An_entry_that_never_was_in_a_log_is_found() => Fires(
        DurableImage.Property,
        () => _image.Recovered(Found([At(1, 1), At(2, 1), At(3, 1)], State(3, 2)),
            powerWasLost: true));

    [Theory]
    [InlineData(2, 2)]
    [InlineData(3, 1)]
    [InlineData(3, 0)]
    public void A_term_or_vote_lost_by_recovery_is_found(ulong term, ulong vote) => Fires(
        DurableImage.Property,
        () => _image.Recovered(Found([At(1, 1), At(2, 1)], State(term, vote)),
            powerWasLost: true));

    [Fact]
    public void A_base_that_was_durable_counts_as_held_and_must_be_found_again()
    {
        Write(LogRecordKind.Compaction, 2, 1);
        Assert.Equal(2UL, _view.DurableBase);
        _image.Recovered(Behind(At(2, 1)), powerWasLost: true);
        Assert.Equal(2UL, _view.Durable.Last);
        Fires(DurableImage.Property, () => _image.Recovered(Behind(At(1, 1), At(2, 1)), powerWasLost: true));
    }

    [Fact]
    public void An_entry_behind_the_base_lost_by_recovery_is_found() => Fires(
        DurableImage.Property, () => _image.Recovered(Behind(At(1, 1)), powerWasLost: true));

    [Fact]
    public void A_recovered_base_that_is_not_committed_is_found() => Fires(
        BaseRule.Property, () => _image.Recovered(Behind(At(3, 1)), powerWasLost: true));

    [Fact]
    public void A_snapshot_takes_the_place_of_the_whole_log()
    {
        Write(LogRecordKind.Truncation, 2, 0);
        Write(LogRecordKind.Entry, 2, 2, checksum: 12);
        Write(LogRecordKind.Base, 2, 1);
        Assert.Equal((2UL, 11U), (_view.Durable.Last, _view.Durable.At(2).Checksum));
    }

    // The power goes before the sync: both what was there and what the snapshot left are right.
    [Fact]
    public void A_base_that_was_not_synced_may_be_found_or_not()
    {
        _image.Written("a", 0, [Bytes(LogRecordKind.Base, 1, 1, 0)]);
        _image.PowerLost();
        _image.Recovered(Behind(At(1, 1)), powerWasLost: true);
        Assert.Equal(1UL, _view.Durable.Last);
    }

    [Fact]
    public void A_base_with_a_later_membership_is_found()
    {
        var other = new Membership([new Member(new NodeId(1), null, default)], [new NodeId(1)]);
        Fires(BaseRule.Property, () => Write(LogRecordKind.Compaction, 2, 1, membership: other));
    }

    [Fact]
    public void A_compaction_to_an_entry_that_the_log_does_not_hold_is_found()
    {
        Write(LogRecordKind.Truncation, 2, 0);
        Fires(DurableImage.Property, () => Write(LogRecordKind.Compaction, 2, 1));
    }

    [Fact]
    public void An_entry_rewritten_forward_with_another_content_is_found()
    {
        Write(LogRecordKind.RewrittenForward, 2, 1, checksum: 11);
        Assert.Equal(1, _image.Rewritten);
        Fires(DurableImage.Property, () => Write(LogRecordKind.RewrittenForward, 2, 1, checksum: 12));
    }

    [Fact]
    public void Doubt_or_damage_of_a_log_that_nobody_damaged_is_found()
    {
        var whole = Found([At(1, 1)], State(3, 2));
        UndamagedLog.Opened(_view, new RecoveryReport(), whole);
        RecoveredLog[] wrong =
        [
            whole with { IsUnsure = true }, whole with { LostState = true },
            whole with { Damage = [new DamagedRange(new LogIndex(1), new LogIndex(1), new Term(1))] },
        ];
        foreach (var found in wrong)
        {
            Fires(UndamagedLog.Property, () => UndamagedLog.Opened(_view, new RecoveryReport(), found));
        }

        _view.WasInjured = true;
        UndamagedLog.Opened(_view, new RecoveryReport(), wrong[0]);
    }

    private void Write(
        LogRecordKind kind, ulong index, ulong term, uint checksum = 0, Membership? membership = null)
    {
        _image.Written("a", 0, [Bytes(kind, index, term, checksum, membership)]);
        _image.Synced("a");
    }

    // A batch of one record, as docs/internals/log-format.md has it.
    private static byte[] Bytes(
        LogRecordKind kind, ulong index, ulong term, uint checksum, Membership? membership = null)
    {
        var body = kind is LogRecordKind.Base or LogRecordKind.Compaction
            ? (membership ?? Membership.Empty).Encode() : [];
        var bytes = new byte[64 + 40 + ((body.Length + 7) & ~7)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, 0x5442_4B49);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), 1);
        var record = bytes.AsSpan(64);
        record[0] = (byte)kind;
        BinaryPrimitives.WriteInt32LittleEndian(record[4..], body.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(record[16..], index);
        BinaryPrimitives.WriteUInt64LittleEndian(record[24..], term);
        BinaryPrimitives.WriteUInt32LittleEndian(record[32..], checksum);
        body.CopyTo(record[40..]);
        return bytes;
    }

    private static BaseRule Bases()
    {
        var committed = new CommittedLog();
        committed.Commits(0, LogOf((1, 10), (1, 11)), 2);
        return new BaseRule(committed, new Memberships());
    }

    private static RecoveredLog Behind(LogPosition start, params LogPosition[] entries) =>
        new(start, entries, [], State(3, 2));

    private static RecoveredLog Found(LogPosition[] entries, HardState state) =>
        new(default, entries, [], state);

    private static HardState State(ulong term, ulong vote) => new(new Term(term), new NodeId(vote), default);

    private static LogPosition At(ulong index, ulong term) => new(new LogIndex(index), new Term(term));
}
