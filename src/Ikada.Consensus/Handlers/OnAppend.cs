using Ikada.Primitives;

namespace Ikada.Consensus.Handlers;

/// <summary>AppendEntries at a follower (§5.3).</summary>
internal static class OnAppend
{
    public static void Handle(ConsensusState state, in Message message, ReadOnlySpan<EntryHeader> entries)
    {
        Invariant.Check(
            message.End - message.Position.Index == (ulong)entries.Length,
            $"an append of {message.Position.Index} to {message.End} carries {entries.Length} entries");
        state.HearLeader(message.From);
        if (state.Damage.IsTreatedAsWiped)
        {
            OnLostLog.Answer(state, message);
            return;
        }

        if (state.IsInstalling)
        {
            // Neither taken nor refused: the acknowledgement of the snapshot says from where to go on.
            return;
        }

        var previous = message.Position;
        entries = state.Space.Take(previous.Index, entries);
        var end = previous.Index + (ulong)entries.Length;
        if (previous.Index < state.Log.Base.Index)
        {
            // Compacted, hence committed, hence equal: nothing to compare and nothing to add.
            Acknowledge(state, message.From);
            return;
        }

        if (!state.Log.Holds(previous) || state.Damage.HasLostTerm(previous.Index))
        {
            Refuse(state, message);
            return;
        }

        if (state.Damage.Touches(previous.Index.Next, end))
        {
            OnAppendToDamaged.Handle(state, message, entries);
            return;
        }

        var skip = CountHeld(state, previous.Index, entries);
        if (skip < entries.Length)
        {
            CutFrom(state, previous.Index + (ulong)skip + 1);
            Add(state, entries, skip);
        }

        state.Verified = LogIndex.Max(state.Verified, end);
        state.CommitTo(LogIndex.Min(message.Commit, state.Verified));
        if (skip == entries.Length)
        {
            // Otherwise the flush of what was appended brings the acknowledgement.
            Acknowledge(state, message.From);
        }
    }

    /// <summary>Tells the leader up to where this log is durable and equal to its own.</summary>
    public static void Acknowledge(ConsensusState state, NodeId leader) => state.Outbox.Send(new Message
    {
        Type = MessageType.AppendReply,
        From = state.Self,
        To = leader,
        Term = state.Term,
        Position = new LogPosition(state.Acknowledgeable, default),
        Flags = state.Space.Flags,
    });

    // Entries that the log holds already are left alone: a late message must not cut what came after it.
    private static int CountHeld(ConsensusState state, LogIndex previous, ReadOnlySpan<EntryHeader> entries)
    {
        var held = 0;
        while (held < entries.Length
            && state.Log.Holds(new LogPosition(previous + (ulong)held + 1, entries[held].Term)))
        {
            held++;
        }

        return held;
    }

    /// <summary>Cuts what the log holds from <paramref name="first"/> on, if anything: it conflicts with the
    /// leader's.</summary>
    public static void CutFrom(ConsensusState state, LogIndex first)
    {
        if (first > state.Log.Last.Index)
        {
            return;
        }

        Invariant.Check(
            first > state.Commit,
            $"the leader of term {state.Term} contradicts {first}, committed up to {state.Commit}");
        state.Log.TruncateFrom(first);
        state.Damage.Truncated(first);
        state.Durable = LogIndex.Min(state.Durable, first.Previous);
        state.Effects.Add(new Effect { Kind = EffectKind.TruncateLog, First = first });
    }

    /// <summary>Appends the entries from <paramref name="skip"/> on at the end.</summary>
    public static void Add(ConsensusState state, ReadOnlySpan<EntryHeader> entries, int skip)
    {
        var first = state.Log.Last.Index.Next;
        for (var i = skip; i < entries.Length; i++)
        {
            state.Log.Append(entries[i], entries[i].Term);
        }

        state.Effects.Add(new Effect
        {
            Kind = EffectKind.AppendToLog,
            First = first,
            Last = state.Log.Last.Index,
            Skip = skip,
            Generation = state.Log.Generation,
        });
    }

    private static void Refuse(ConsensusState state, in Message message)
    {
        // The last place where this log could agree with one that has that term there: skips our whole
        // terms above it.
        var hint = state.Damage.KnownAtOrBelow(
            state.Log.LastNotAbove(message.Position.Index, message.Position.Term));
        state.Outbox.Send(new Message
        {
            Type = MessageType.AppendReply,
            From = state.Self,
            To = message.From,
            Term = state.Term,
            Flags = MessageFlags.Reject | state.Space.Flags,
            End = message.Position.Index,
            Position = hint,
        });
    }
}
