using Ikada.Primitives;

namespace Ikada.Consensus;

/// <summary>
/// Lets a group that has nothing to do sleep: no heartbeats, no ticks (DESIGN §7, Quiescence). Meanwhile a
/// heartbeat per pair of processes, which the hosts exchange, stands in for the leader's. Almost everything
/// that happens wakes a member; a member that somebody else woke wakes the leader, whose heartbeats wake the
/// rest.
/// </summary>
internal sealed class Quiescence(ConsensusState state)
{
    private Instant _lastHappened = state.Now;

    /// <summary>Whether the group sleeps, as far as this node knows. Invariant: only a leader, or a follower
    /// that knows one, sleeps.</summary>
    public bool IsAsleep { get; private set; }

    /// <summary>Before each input is handled: wakes where it must.</summary>
    public void Before(in Input input)
    {
        if (state.Options.QuiesceAfter == TimeSpan.Zero || IsNothing(input))
        {
            return;
        }

        if (!IsHeartbeat(input))
        {
            _lastHappened = input.Now;
        }

        if (IsAsleep)
        {
            Wake(input);
        }
    }

    /// <summary>
    /// Leader, in place of a round: goes to sleep if nothing has happened for long, no other voter is
    /// preferred, and every member has answered the last round and has, durably, all that there is, knowing
    /// it committed. That all of it is also applied there needs no message and no tick, so it is not waited
    /// for.
    /// </summary>
    public bool TryFallAsleep()
    {
        if (state.Options.QuiesceAfter == TimeSpan.Zero
            || state.Now - _lastHappened < state.Options.QuiesceAfter
            || !IsDone() || !AllAreDone())
        {
            return false;
        }

        foreach (var peer in state.Leadership.Peers)
        {
            state.Outbox.Send(new Message
            {
                Type = MessageType.Quiesce, From = state.Self, To = peer.Id, Term = state.Term,
                Commit = state.Commit,
            });
        }

        // After waking, nothing counts that was confirmed before.
        state.Lease.Drop();
        FallAsleep();
        return true;
    }

    /// <summary>Follower: the leader says that all members stand at <paramref name="commit"/>. Sleeps if that
    /// holds here; if not, the leader must not sleep either.</summary>
    public void Asked(NodeId leader, LogIndex commit)
    {
        var isDone = state.Options.QuiesceAfter > TimeSpan.Zero && state.Commit == commit
            && state.Log.Last.Index == commit && state.Durable == commit
            && state.Leadership.Transfer.Watch.Deadline == Instant.Never;
        if (isDone)
        {
            FallAsleep();
        }
        else
        {
            SendWake(leader);
        }
    }

    private void FallAsleep()
    {
        if (!IsAsleep)
        {
            IsAsleep = true;
            state.Effects.Observe(Fact.Quiesced);
        }
    }

    private void Wake(in Input input)
    {
        IsAsleep = false;
        state.Effects.Observe(Fact.Awake);
        if (state.Role == Role.Leader)
        {
            WakeLeader(input);
            return;
        }

        state.Election.ResetDeadline();
        var isLost = input.Kind is InputKind.ConnectionClosed or InputKind.HostSilent;
        if (isLost)
        {
            // The handler of the loss makes haste.
            return;
        }

        // Its process lives, or its host would have been silent: it stands against elections until it had
        // time to answer.
        state.VouchForLeader();
        if (input.Kind != InputKind.Received || input.Message.From != state.Leader)
        {
            SendWake(state.Leader);
        }
    }

    private void WakeLeader(in Input input)
    {
        foreach (var peer in state.Leadership.Peers)
        {
            // Check-quorum counts from here: nobody was asked anything meanwhile.
            peer.LastHeard = state.Now;
        }

        if (input.Kind != InputKind.ReadRequested)
        {
            state.Leadership.Rounds.Start();
        }

        // A read begins a round of its own, which must not have begun before it.
    }

    private bool IsDone()
    {
        var leadership = state.Leadership;
        return state.Commit == state.Log.Last.Index && state.Durable == state.Commit
            && !state.Log.Membership.IsJoint && !leadership.Transfer.IsUnderWay
            && !leadership.Transfer.IsAnotherPreferred
            && leadership.Reads.Count == 0 && state.Damage.IsNone && !state.Space.IsFull;
    }

    private bool AllAreDone()
    {
        var rounds = state.Leadership.Rounds;
        foreach (var peer in state.Leadership.Peers)
        {
            if (peer.State != ProgressState.Replicate || peer.Match != state.Commit
                || peer.CommitSent != state.Commit || peer.AckedRound != rounds.Latest || rounds.Latest == 0)
            {
                return false;
            }
        }

        return true;
    }

    // What is no reason to wake: the host's own housekeeping, and what does not concern this member.
    private bool IsNothing(in Input input) => input.Kind switch
    {
        InputKind.Tick or InputKind.LogFlushed or InputKind.HardStateSaved or InputKind.LogCompacted
            or InputKind.PeerCongested or InputKind.PeerDrained => true,
        InputKind.ConnectionOpened or InputKind.ConnectionClosed or InputKind.HostSilent =>
            state.Role != Role.Leader && input.Peer != state.Leader,
        InputKind.Received => input.Message.Type == MessageType.Quiesce,
        _ => false,
    };

    private static bool IsHeartbeat(in Input input) => input.Kind == InputKind.Received
        && input.Message.Type is MessageType.Heartbeat or MessageType.HeartbeatReply;

    private void SendWake(NodeId leader) => state.Outbox.Send(new Message
    {
        Type = MessageType.Wake, From = state.Self, To = leader, Term = state.Term,
    });
}
