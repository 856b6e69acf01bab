namespace Ikada.Consensus.Tests.Harness;

/// <summary>
/// The five properties of figure 3, and durability before a message leaves, judged at every effect.
/// Leader append-only is checked by the core itself.
/// </summary>
internal sealed class SafetyRules(TestCluster cluster)
{
    private readonly Dictionary<Term, NodeId> _leaders = [];
    private readonly List<TestEntry> _committed = [];
    private readonly Dictionary<ulong, int> _readsAsked = [];

    public void Judge(TestNode node, Effect effect)
    {
        if (effect.Kind == EffectKind.ObserveRole && effect.Role == Role.Leader)
        {
            JudgeElected(node, effect.Term);
        }
        else if (effect.Kind == EffectKind.Commit)
        {
            JudgeCommit(node, (int)effect.Last.Value);
        }
        else if (effect.Kind == EffectKind.Send)
        {
            JudgeSent(node, effect.Message);
        }
        else if (effect.Kind == EffectKind.AnswerRead)
        {
            Assert.True(
                effect.Last.Value >= (ulong)_readsAsked[effect.ReadId],
                $"read {effect.ReadId} at {effect.Last} misses what was committed when asked,"
                    + $" {_readsAsked[effect.ReadId]}");
        }
    }

    /// <summary>A read begins: its answer must not be older than this moment.</summary>
    public ulong ReadAsked()
    {
        var readId = (ulong)_readsAsked.Count + 1;
        _readsAsked.Add(readId, _committed.Count);
        return readId;
    }

    /// <summary>Log matching (§5.3): same index and term, same entry and same log before it.</summary>
    public void CheckLogMatching()
    {
        for (var left = 0; left < cluster.Nodes.Count; left++)
        {
            for (var right = left + 1; right < cluster.Nodes.Count; right++)
            {
                CheckPair(cluster.Nodes[left], cluster.Nodes[right]);
            }
        }
    }

    private static void CheckPair(TestNode left, TestNode right)
    {
        var agree = false;
        for (var i = Math.Min(left.Log.Count, right.Log.Count) - 1; i >= 0; i--)
        {
            agree |= left.Log[i].Term == right.Log[i].Term;
            Assert.True(
                !agree || left.Log[i] == right.Log[i],
                $"log matching: index {i + 1} is {left.Log[i]} on {left.Id} and {right.Log[i]} on"
                    + $" {right.Id}");
        }
    }

    // What leaves shows only what is on the sender's disk.
    private static void JudgeSent(TestNode node, in Message message)
    {
        var disk = node.Disk.HardState;
        var isOfNoTermYet = message.Type is MessageType.PreVote or MessageType.LastPositionRequest
            || (message.Type == MessageType.PreVoteReply && !message.Reject);
        Assert.True(isOfNoTermYet || message.Term <= disk.Term,
            $"{message} left before its term was durable");
        if (message.Type == MessageType.Vote || (message.Type == MessageType.VoteReply && !message.Reject))
        {
            var candidate = message.Type == MessageType.Vote ? message.From : message.To;
            Assert.True(
                disk.Term == message.Term && disk.Vote == candidate,
                    $"{message} left before the vote was durable");
        }

        if (message.Type == MessageType.AppendReply && !message.Reject)
        {
            Assert.True(
                message.Position.Index <= node.Disk.LastIndex,
                    $"{message} left before the entries were durable");
        }
    }

    // What is durable there, or was when it was acknowledged.
    private static TestEntry? Held(TestNode node, int place) =>
        node.Disk.Log.Count > place ? node.Disk.Log[place]
            : node.Disk.Forgotten.TryGetValue(place, out var forgotten) ? forgotten : null;

    private static bool Holds(TestEntry[] log, int place, TestEntry entry) =>
        log.Length > place && log[place] == entry;

    private static bool IsMajority(NodeId[] holders, ReadOnlySpan<NodeId> voters)
    {
        var count = 0;
        foreach (var voter in voters)
        {
            count += holders.Contains(voter) ? 1 : 0;
        }

        return voters.IsEmpty || count > voters.Length / 2;
    }

    private void JudgeElected(TestNode node, Term term)
    {
        Assert.True(
            _leaders.TryAdd(term, node.Id) || _leaders[term] == node.Id,
            $"election safety: {_leaders[term]} and {node.Id} both lead term {term.Value}");
        Assert.True(node.Log.Count >= _committed.Count,
            $"leader completeness: {node.Id} lacks committed entries");
        for (var i = 0; i < _committed.Count; i++)
        {
            Assert.True(
                node.Log[i] == _committed[i],
                $"leader completeness: {node.Id} leads term {term.Value} without committed entry {i + 1}");
        }
    }

    private void JudgeCommit(TestNode node, int upTo)
    {
        for (var i = 0; i < upTo; i++)
        {
            if (i < _committed.Count)
            {
                Assert.True(
                    node.Log[i] == _committed[i],
                    $"state machine safety: {node.Id} commits {node.Log[i]} at {i + 1}, others"
                        + $" {_committed[i]}");
                continue;
            }

            var place = i;
            var entry = node.Log[i];
            NodeId[] holders = [.. cluster.Nodes
                .Where(other => Held(other, place) == entry || Holds(other.LostLog, place, entry))
                .Select(other => other.Id)];
            var membership = node.Core.Membership;
            Assert.True(
                IsMajority(holders, membership.Voters) && IsMajority(holders, membership.OutgoingVoters),
                $"{node.Id} commits {i + 1} with {membership}, durable on {string.Join(' ', holders)} only");
            _committed.Add(entry);
        }
    }
}
