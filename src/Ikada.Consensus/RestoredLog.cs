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
    internal LogView View { get; } = new(basePosition, baseMembership);

    internal HardState HardState { get; } = hardState;

    internal LogIndex Applied { get; } = applied;

    /// <summary>Adds the next entry found.</summary>
    public void Add(in EntryHeader entry) => View.Append(entry, entry.Term);
}
