using Ikada.Consensus;
using Ikada.Primitives;
using Ikada.Replica;
using Ikada.Simulation.Checkers;

namespace Ikada.Simulation.Trace;

/// <summary>
/// Writes what the consensus modules do, as etcd-raft's traces do: what a node receives with the state
/// before it, everything else with the state after it, in the order in which it happened in the whole
/// cluster.
/// </summary>
internal sealed class CoreTrace(TextWriter writer) : ICoreObserver
{
    private readonly TraceLine _line = new(writer);
    private readonly Dictionary<NodeId, TracedNode> _nodes = [];

    /// <summary>A node starts, or starts again.</summary>
    public void Started(RaftReplica replica, HardState found)
    {
        var status = replica.Status;
        var node = new TracedNode(status.Self)
        {
            Term = status.Term,
            RoleTerm = status.Term,
            Vote = found.Vote,
            Commit = status.Commit,
            Role = status.Role,
            Log = status.Last.Index,
            Durable = status.Durable,
            Conf = replica.Membership,
        };
        _nodes[status.Self] = node;
        _line.Write("InitState", node);
    }

    public void Stepped(in Input input, ConsensusCore core)
    {
        // A lone voter leads as soon as it starts: its first step may come before its start is told.
        if (!_nodes.TryGetValue(core.Self, out var node))
        {
            return;
        }

        Receive(input, core, node);
        var acts = false;
        foreach (ref readonly var effect in core.Effects)
        {
            acts |= effect.Kind is EffectKind.SaveHardState or EffectKind.AppendToLog or EffectKind.Send;
            Follow(effect, node);
        }

        if (!ReferenceEquals(node.Conf, core.Membership))
        {
            Reconfigure(node, core.Membership);
        }

        (node.Term, node.Role, node.Commit, node.Log, node.Durable) =
            (core.Term, core.Role, core.Commit, core.Last.Index, core.Durable);
        if (acts)
        {
            _line.Write("Ready", node);
        }
    }

    // A node's own vote and its own durable entries count like messages of it to itself, once they are on
    // its disk.
    private void Receive(in Input input, ConsensusCore core, TracedNode node)
    {
        switch (input.Kind)
        {
            case InputKind.Received or InputKind.SnapshotReceived
                when Name("Receive", input.Message.Type) is { } name:
                _line.Write(name, node, input.Message);
                break;
            case InputKind.LogFlushed when node.Role == Role.Leader && core.Durable > node.Durable:
                ToSelf(node, new Message
                {
                    Type = MessageType.AppendReply, Position = new LogPosition(core.Durable, default),
                });
                break;
            case InputKind.HardStateSaved
                when node.Role == Role.Candidate && input.HardState.Term == node.Term
                    && input.HardState.Vote == node.Id:
                ToSelf(node, new Message { Type = MessageType.VoteReply });
                break;
            default:
                break;
        }
    }

    private void ToSelf(TracedNode node, in Message message)
    {
        var addressed = message with { From = node.Id, To = node.Id, Term = node.Term };
        _line.Write(Name("Send", message.Type)!, node, addressed);
        _line.Write(Name("Receive", message.Type)!, node, addressed);
    }

    private void Follow(in Effect effect, TracedNode node)
    {
        switch (effect.Kind)
        {
            case EffectKind.SaveHardState:
                (node.Term, node.Vote) = (effect.Term, effect.Vote);
                break;
            case EffectKind.ObserveRole:
                Become(effect, node);
                break;
            case EffectKind.TruncateLog:
                node.Log = effect.First.Previous;
                break;
            case EffectKind.AppendToLog:
                Append(effect, node);
                break;
            case EffectKind.Commit:
                node.Commit = effect.Last;
                if (node.Role == Role.Leader)
                {
                    _line.Write("Commit", node);
                }

                break;
            case EffectKind.Send when Name("Send", effect.Message.Type) is { } name:
                _line.Write(name, node, effect.Message);
                break;
            default:
                break;
        }
    }

    private void Become(in Effect effect, TracedNode node)
    {
        var before = (node.RoleName, node.RoleTerm);
        (node.Role, node.Term, node.RoleTerm) = (effect.Role, effect.Term, effect.Term);
        if (before == (node.RoleName, node.RoleTerm))
        {
            return; // the leader became known, or a pre-vote began or ended
        }

        _line.Write(
            node.Role switch
            {
                Role.Leader => "BecomeLeader",
                Role.Candidate => "BecomeCandidate",
                _ => "BecomeFollower",
            },
            node);
    }

    // A leader's log grows entry by entry; a follower's by what it was sent, told with the message.
    private void Append(in Effect effect, TracedNode node)
    {
        if (node.Role != Role.Leader)
        {
            node.Log = effect.Last;
            return;
        }

        for (var index = effect.First; index <= effect.Last; index = index.Next)
        {
            node.Log = index;
            if (effect.Membership is { } changed && !SameParts(node.Conf, changed))
            {
                Reconfigure(node, changed, "ChangeConf");
            }
            else
            {
                node.Conf = effect.Membership ?? node.Conf;
                _line.Write("Replicate", node);
            }
        }
    }

    // Effective on append: a change is made and in force at once, or taken back with its entry.
    private void Reconfigure(TracedNode node, Membership after, string? made = null)
    {
        var before = node.Conf;
        if (!SameParts(before, after))
        {
            if (made is not null)
            {
                node.Conf = after;
                _line.Write(made, node, before: before);
            }

            node.Conf = after;
            _line.Write("ApplyConfChange", node, before: before);
        }

        node.Conf = after;
    }

    private static bool SameParts(Membership before, Membership after) =>
        Memberships.SameVoters(before, after) && before.Learners.SequenceEqual(after.Learners);

    private static string? Name(string what, MessageType type) => type switch
    {
        MessageType.Append or MessageType.Heartbeat or MessageType.InstallSnapshot =>
            what + "AppendEntriesRequest",
        MessageType.AppendReply or MessageType.HeartbeatReply => what + "AppendEntriesResponse",
        MessageType.Vote => what + "RequestVoteRequest",
        MessageType.VoteReply => what + "RequestVoteResponse",
        _ => null,
    };
}
