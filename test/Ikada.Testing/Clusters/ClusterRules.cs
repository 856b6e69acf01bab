using Ikada.Consensus;
using Ikada.Primitives;

namespace Ikada.Testing.Clusters;

/// <summary>What must always hold, judged at each effect: the properties of figure 3, and durability before a
/// message leaves.</summary>
public sealed class ClusterRules(ScriptCluster cluster)
{
    private readonly Dictionary<Term, NodeId> _leaders = [];
    private readonly SortedDictionary<LogIndex, ClusterEntry> _committed = [];

    /// <summary>Judges an effect before it is carried out.</summary>
    public void Judge(ClusterNode node, in Effect effect)
    {
        ArgumentNullException.ThrowIfNull(node);
        switch (effect.Kind)
        {
            case EffectKind.ObserveRole when effect.Role == Role.Leader:
                JudgeElected(node, effect.Term);
                break;
            case EffectKind.Commit:
                JudgeCommit(node, effect.Last);
                break;
            case EffectKind.Send:
                JudgeSent(node, effect.Message);
                break;
        }
    }

    /// <summary>Log matching (§5.3): where two logs have an entry of the same index and term, they are equal
    /// up to there.</summary>
    public void CheckLogs()
    {
        ClusterNode[] nodes = [.. cluster.Nodes];
        for (var left = 0; left < nodes.Length; left++)
        {
            for (var right = left + 1; right < nodes.Length; right++)
            {
                CheckPair(nodes[left], nodes[right]);
            }
        }
    }

    private static void CheckPair(ClusterNode left, ClusterNode right)
    {
        var agree = false;
        for (var at = LogIndex.Min(left.Log.Last, right.Log.Last);
            left.Log.Holds(at) && right.Log.Holds(at); at = at.Previous)
        {
            var (here, there) = (left.Log[at], right.Log[at]);
            agree |= here.Term == there.Term;
            Invariant.Check(
                !agree || IsSame(here, there),
                $"log matching: {here.At(at)} on {left.Id}, {there.At(at)} on {right.Id}");
        }
    }

    private static bool IsSame(ClusterEntry left, ClusterEntry right) =>
        left.Term == right.Term && left.Kind == right.Kind
        && (left.IsDamaged || right.IsDamaged || left.Body == right.Body);

    private static void JudgeSent(ClusterNode node, in Message message)
    {
        var disk = node.Disk.HardState;
        var isOfNoTermYet = message.Type is MessageType.PreVote or MessageType.LastPositionRequest
            || (message.Type == MessageType.PreVoteReply && !message.Reject);
        Invariant.Check(
            isOfNoTermYet || message.Term <= disk.Term, $"{message} left before its term was durable");
        if (message.Type == MessageType.Vote || (message.Type == MessageType.VoteReply && !message.Reject))
        {
            var candidate = message.Type == MessageType.Vote ? message.From : message.To;
            Invariant.Check(
                disk.Term == message.Term && disk.Vote == candidate,
                $"{message} left before the vote was durable");
        }

        if (message.Type == MessageType.AppendReply && !message.Reject)
        {
            Invariant.Check(
                message.Position.Index <= node.Disk.Log.Last,
                $"{message} left before the entries were durable");
        }
    }

    private void JudgeElected(ClusterNode node, Term term)
    {
        Invariant.Check(
            _leaders.TryAdd(term, node.Id) || _leaders[term] == node.Id,
            $"election safety: {_leaders[term]} and {node.Id} both lead term {term}");
        foreach (var (index, entry) in _committed)
        {
            Invariant.Check(
                index <= node.Log.Base.Index || (node.Log.Holds(index) && IsSame(node.Log[index], entry)),
                $"leader completeness: {node.Id} leads term {term} without {entry.At(index)}");
        }
    }

    private void JudgeCommit(ClusterNode node, LogIndex upTo)
    {
        for (var at = upTo; node.Log.Holds(at); at = at.Previous)
        {
            if (!_committed.TryGetValue(at, out var entry))
            {
                JudgeFirstCommit(node, at);
                _committed.Add(at, node.Log[at]);
                continue;
            }

            Invariant.Check(
                IsSame(entry, node.Log[at]),
                $"state machine safety: {node.Id} commits {node.Log[at].At(at)}, others {entry.At(at)}");
        }
    }

    private void JudgeFirstCommit(ClusterNode node, LogIndex at)
    {
        var membership = node.Core.Membership;
        JudgeHolders(node, at, membership.Voters);
        JudgeHolders(node, at, membership.OutgoingVoters);
    }

    private void JudgeHolders(ClusterNode node, LogIndex at, ReadOnlySpan<NodeId> voters)
    {
        var holders = 0;
        foreach (var voter in voters)
        {
            var log = cluster.Nodes.FirstOrDefault(other => other.Id == voter)?.Disk.Log;
            holders += log is not null
                && (at <= log.Base.Index || (log.Holds(at) && IsSame(log[at], node.Log[at]))) ? 1 : 0;
        }

        Invariant.Check(
            voters.IsEmpty || holders >= Quorum.MajorityOf(voters.Length),
            $"{node.Id} commits {at}, durable on {holders} of {voters.Length}");
    }
}
