using Ikada.Primitives;

namespace Ikada.Consensus.Handlers;

/// <summary>
/// AppendEntries at a follower whose log is damaged where the entries belong. What was true of a whole log
/// stays true: entries are cut only where a conflict is known, and what is cut is replaced.
/// <list type="bullet">
/// <item>A damaged entry of known term is compared like any other, and if it is the leader's, it is
/// repaired.</item>
/// <item>One of lost term may be the leader's or not. It conflicts for sure if the leader's term could not
/// stand before the next known entry here. It is the leader's for sure if a later entry of the message is
/// held here. If the log is cut behind it, or ends with it, or it is committed, the leader's entry takes its
/// place whatever stood there.</item>
/// <item>Else nothing can be said: taking the leader's entry for the lost one would put in front of our later
/// entries a history that is not theirs. The message is left unanswered; the entries are asked for meanwhile
/// (<see cref="EntryRepair"/>), and the leader tries again after the next heartbeat.</item>
/// </list>
/// </summary>
internal static class OnAppendToDamaged
{
    /// <summary>The entry before the first one is known to be held.</summary>
    public static void Handle(ConsensusState state, in Message message, ReadOnlySpan<EntryHeader> entries)
    {
        var after = message.Position.Index;
        var taken = Compare(state, message, entries, out var held);
        if (held < taken)
        {
            OnAppend.CutFrom(state, after + (ulong)held + 1);
        }

        Repair(state, after, entries[..held]);
        if (held < taken)
        {
            OnAppend.Add(state, entries, held);
        }

        state.Verified = LogIndex.Max(state.Verified, after + (ulong)taken);
        state.CommitTo(LogIndex.Min(message.Commit, state.Verified));
        if (held == entries.Length)
        {
            OnAppend.Acknowledge(state, message.From);
        }
    }

    // How many of the entries can be taken; of them, how many stand here already, damaged or not.
    private static int Compare(
        ConsensusState state, in Message message, ReadOnlySpan<EntryHeader> entries, out int held)
    {
        var undecided = -1;
        for (held = 0; held < entries.Length; held++)
        {
            var index = message.Position.Index + (ulong)held + 1;
            if (index > state.Log.Last.Index)
            {
                return entries.Length;
            }

            if (state.Damage.TryFind(index, out var range) && range.Term == default)
            {
                if (entries[held].Term > state.Damage.Repair.LastTermFor(range))
                {
                    return entries.Length;
                }

                var isOpen = index > message.Commit && range.Last < state.Log.Last.Index;
                undecided = isOpen && undecided < 0 ? held : undecided;
            }
            else if (state.Log.TermAt(index) != entries[held].Term)
            {
                return entries.Length;
            }
            else
            {
                undecided = -1;
            }
        }

        held = undecided >= 0 ? undecided : held;
        return held;
    }

    private static void Repair(ConsensusState state, LogIndex after, ReadOnlySpan<EntryHeader> entries)
    {
        for (var i = 0; i < entries.Length;)
        {
            var first = after + (ulong)i + 1;
            var count = 0;
            if (state.Damage.TryFind(first, out var range))
            {
                while (i + count < entries.Length && first + (ulong)count <= range.Last
                    && !state.Damage.IsReplacing(first + (ulong)count))
                {
                    count++;
                }
            }

            if (count > 0)
            {
                state.Damage.Replace(first, entries.Slice(i, count), i);
            }

            i += Math.Max(count, 1);
        }
    }
}
