using Ikada.Primitives;

namespace Ikada.Consensus.Handlers;

/// <summary>A node with a damaged log asks for entries, or gets them. Whose term it is plays no part: an
/// entry is named by its index and term.</summary>
internal static class OnEntry
{
    /// <summary>Sends the first run of what is wanted that can be sent, as much as one message
    /// takes.</summary>
    public static void Asked(ConsensusState state, in Message message)
    {
        var common = new LogPosition(new LogIndex(message.Round), new Term(message.Sequence));
        if (common.Index <= message.End || !state.Log.Holds(common) || state.Damage.HasLostTerm(common.Index))
        {
            common = default;
        }

        // What the asker's state machine holds, its own next snapshot repairs.
        if (message.Position.Index < state.Log.Base.Index && message.End > message.Commit
            && state.Leadership.Find(message.From) is { } peer)
        {
            state.Leadership.Replication.RepairBySnapshot(peer);
        }

        var last = LogIndex.Min(message.End, state.Log.Last.Index);
        var first = LogIndex.Max(message.Position.Index, state.Log.Base.Index).Next;
        while (first <= last && !CanSupply(state, message.Position.Term, first, common))
        {
            first = first.Next;
        }

        if (first > last)
        {
            Reply(state, message with { Reject = true }, message.Position.Index, message.End, default);
            return;
        }

        var end = first;
        last = LogIndex.Min(last, state.Log.EndOfBatch(first, state.Options.AppendBytesMax));
        while (end < last && CanSupply(state, message.Position.Term, end.Next, common))
        {
            end = end.Next;
        }

        Reply(state, message with { Reject = false }, first.Previous, end, common);
    }

    /// <summary>Takes what is missing and right.</summary>
    public static void Got(ConsensusState state, in Message message, ReadOnlySpan<EntryHeader> entries)
    {
        if (message.Reject)
        {
            state.Damage.Repair.Refused(message.From);
        }
        else if (message.End < message.Position.Index
            || message.End - message.Position.Index != (ulong)entries.Length)
        {
            state.Effects.Observe(Fact.PeerMisbehaved, message.From);
        }
        else if (!state.Space.IsFull)
        {
            state.Damage.Repair.Take(message, entries);
        }
    }

    // The wanted term; or, where that is lost, what is committed, or lies before an entry that both logs
    // hold.
    private static bool CanSupply(ConsensusState state, Term wanted, LogIndex index, LogPosition common)
    {
        if (state.Damage.TryFind(index, out _))
        {
            return false;
        }

        return wanted != default
            ? state.Log.TermAt(index) == wanted
            : index <= state.Commit || index < common.Index;
    }

    private static void Reply(
        ConsensusState state, in Message request, LogIndex before, LogIndex end, LogPosition common) =>
        state.Outbox.Send(
            new Message
            {
                Type = MessageType.EntryReply, From = state.Self, To = request.From,
                // The durable term, so that it may always leave at once.
                Term = state.Outbox.Durable.Term,
                Reject = request.Reject, Position = new LogPosition(before, default), End = end,
                Commit = state.Commit, Round = common.Index.Value, Sequence = common.Term.Value,
            },
            request.Reject ? default : state.Log.TermAt(end));
}
