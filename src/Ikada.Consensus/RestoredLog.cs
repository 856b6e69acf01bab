using Ikada.Primitives;

namespace Ikada.Consensus;

/// <summary>What recovery found, handed to the core entry by entry before it starts.</summary>
/// <param name="basePosition">The position before the first entry.</param>
/// <param name="baseMembership">The membership as of it.</param>
/// <param name="hardState">Term, vote and commit as found.</param>
/// <param name="applied">The state machine's durable applied index: a lower bound of commit.</param>
public sealed class RestoredLog(
    LogPosition basePosition, Membership baseMembership, HardState hardState, LogIndex applied)
{
    /// <summary>This node's own directory; default where there is none.</summary>
    public PeerIdentity Identity { get; init; }

    /// <summary>Entries may be missing at the end that this node had acknowledged: it neither votes nor
    /// campaigns until it knows better.</summary>
    public bool IsUnsure { get; init; }

    /// <summary>The directory is a new one in place of one whose votes were lost. While the log is empty the
    /// node neither votes nor campaigns: it knows that it is not the member it was, as one that was wiped
    /// behind its back does not.</summary>
    public bool IsStartedOver { get; init; }

    /// <summary>A newer vote than any readable one may be lost: the node never votes, campaigns or
    /// acknowledges under this incarnation and waits to be added again as a learner.</summary>
    public bool LostHardState { get; init; }

    /// <summary>The state up to the log's base is lost: no good snapshot is left, and the state machine does
    /// not hold it either. The node neither campaigns nor applies until it has been given a
    /// snapshot.</summary>
    public bool IsStateMissing { get; init; }

    /// <summary>The last entry of the snapshot that the state machine was restored from: known to be
    /// committed, whatever else the log has lost. Default where there is none.</summary>
    public LogPosition Snapshot { get; init; }

    /// <summary>An install that a crash had cut was completed at this start, in memory: what the log said
    /// before is gone, also whether leases were on. Until the host has said that its record is durable
    /// (<see cref="Input.SnapshotInstalled"/>) the node acknowledges nothing and does not campaign.</summary>
    public bool IsInstallCompleted { get; init; }

    internal LogView View { get; } = new(basePosition, baseMembership);

    internal HardState HardState { get; } = hardState;

    internal LogIndex Applied { get; } = applied;

    internal List<DamagedRange> Damage { get; } = [];

    /// <summary>Whether the log's end is not known: said by the host, or the last entry's term is
    /// lost.</summary>
    internal bool IsInDoubt => IsUnsure
        || (Damage.Count > 0 && Damage[^1].Last == View.Last.Index && Damage[^1].Term == default);

    /// <summary>What is committed even if the log has lost its end: what the snapshot covers, if the log
    /// holds its last entry.</summary>
    internal LogIndex CommittedForSure =>
        View.Holds(Snapshot) && (Damage.Count == 0 || Damage[0].First > Snapshot.Index)
            ? Snapshot.Index : LogIndex.Zero;

    /// <summary>Adds the next entry found.</summary>
    public void Add(in EntryHeader entry) => View.Append(entry, entry.Term);

    /// <summary>Adds a run of entries that are in the log but cannot be read, next after those added before.
    /// </summary>
    /// <param name="last">The last of them.</param>
    /// <param name="term">The term of all of them, or 0 if it is lost too: then it lies between those of the
    /// neighbours.</param>
    public void AddDamaged(LogIndex last, Term term)
    {
        var first = View.Last.Index.Next;
        if (Damage.Count > 0 && Damage[^1].Last.Next == first && Damage[^1].Term == term)
        {
            Damage[^1] = Damage[^1] with { Last = last };
        }
        else
        {
            Damage.Add(new DamagedRange(first, last, term));
        }

        while (View.Last.Index < last)
        {
            // A lost term is at least that of the entry before, and the lowest there is.
            var lowest = Term.Max(View.Last.Term, new Term(1));
            View.Append(new EntryHeader(term, EntryKind.Command, 0), Term.Max(term, lowest));
        }
    }
}
