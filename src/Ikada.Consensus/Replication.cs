using Ikada.Primitives;

namespace Ikada.Consensus;

/// <summary>Sends a leader's entries to the others: one probe while the point of agreement is sought, then a
/// stream of batches within bounds (§5.3, diss. §10.2.1).</summary>
internal sealed class Replication(ConsensusState state)
{
    /// <summary>Sends a peer what it may get now: one probe, or batches up to the in-flight bound.</summary>
    public void Replicate(Progress peer)
    {
        if (peer.IsCongested)
        {
            return;
        }

        if (peer.IsProbing)
        {
            if (!peer.ProbeSent)
            {
                SendAppend(peer, state.Log.EndOfBatch(peer.Next, state.Options.AppendBytesMax));
            }

            return;
        }

        while (peer.Next <= state.Log.Last.Index
            && peer.InflightAppends < state.Options.InflightAppendsMax
            && state.Log.BytesBetween(peer.Match, peer.Next.Previous) < state.Options.InflightBytesMax)
        {
            SendAppend(peer, state.Log.EndOfBatch(peer.Next, state.Options.AppendBytesMax));
        }
    }

    /// <summary>Asks a peer, without entries, whether it has all that was sent: a lost message shows as a
    /// refusal.</summary>
    public void AskWhetherReceived(Progress peer)
    {
        if (!peer.IsCongested)
        {
            SendAppend(peer, peer.Next.Previous);
        }
    }

    private void SendAppend(Progress peer, LogIndex end)
    {
        var previous = peer.Next.Previous;
        Invariant.Check(
            previous >= state.Log.Base.Index,
            $"peer {peer.Id} needs {peer.Next}, the log starts after {state.Log.Base}");
        peer.CommitSent = LogIndex.Max(peer.CommitSent, LogIndex.Min(state.Commit, end));
        state.Outbox.Send(
            new Message
            {
                Type = MessageType.Append, From = state.Self, To = peer.Id, Term = state.Term,
                Position = new LogPosition(previous, state.Log.TermAt(previous)), End = end,
                Commit = state.Commit,
            },
            state.Log.TermAt(end));
        peer.Sent(end);
    }
}
