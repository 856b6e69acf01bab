using Ikada.Primitives;

namespace Ikada.Consensus.Handlers;

/// <summary>What the host reports of connections and queues.</summary>
internal static class OnConnection
{
    public static void Opened(ConsensusState state, NodeId peer)
    {
        state.SetConnected(peer, true);
        if (state.Leadership.Find(peer) is { } progress)
        {
            state.Leadership.Replication.Connected(progress);
        }
    }

    /// <summary>
    /// What was on the way may be lost. If it was the leader's connection, ask the others whether they lost
    /// it too: a process that dies closes its connections long before an election timeout passes.
    /// </summary>
    public static void Closed(ConsensusState state, NodeId peer)
    {
        state.SetConnected(peer, false);
        if (state.Leadership.Find(peer) is { } progress)
        {
            progress.IsCongested = false;
            // Nothing is sent until the peer is heard again: an answered heartbeat or a new connection.
            progress.Lose();
        }

        if (state.Role == Role.Follower && state.Leader == peer && !peer.IsNone)
        {
            state.Election.HurryAfterLoss(peer);
        }
    }

    public static void Congested(ConsensusState state, NodeId peer)
    {
        if (state.Leadership.Find(peer) is { } progress)
        {
            progress.IsCongested = true;
        }
    }

    public static void Drained(ConsensusState state, NodeId peer)
    {
        if (state.Leadership.Find(peer) is { } progress)
        {
            progress.IsCongested = false;
            state.Leadership.Replication.Replicate(progress);
        }
    }

    public static void SendDropped(ConsensusState state, NodeId peer)
    {
        if (state.Leadership.Find(peer) is { } progress)
        {
            // Not at once: what refused this message would refuse the next. An answered heartbeat resumes.
            progress.Lose();
        }
    }
}
