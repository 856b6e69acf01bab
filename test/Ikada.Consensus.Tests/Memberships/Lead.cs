namespace Ikada.Consensus.Tests.Memberships;

/// <summary>Leaders of groups of any shape.</summary>
internal static class Lead
{
    /// <summary>Node 1 leads the next term; whoever was asked said yes; its first entry is not
    /// acknowledged.</summary>
    public static TestNode Elected(NodeSetup setup)
    {
        var node = new TestNode(setup);
        node.PassDeadline();
        var term = setup.Term + 1;
        foreach (var member in node.Core.Membership.Members.ToArray().Where(member => member.Id != node.Id))
        {
            var id = (int)member.Id.Value;
            if (node.Role == Role.PreCandidate)
            {
                node.Receive(Make.PreVoteReply(id, term));
            }
        }

        foreach (var member in node.Core.Membership.Members.ToArray().Where(member => member.Id != node.Id))
        {
            if (node.Role == Role.Candidate)
            {
                node.Receive(Make.VoteReply((int)member.Id.Value, term));
            }
        }

        Assert.Equal(Role.Leader, node.Role);
        node.Sent.Clear();
        return node;
    }

    /// <summary>The same, and all members hold all it has.</summary>
    public static TestNode InTouch(NodeSetup setup)
    {
        var node = Elected(setup);
        AcknowledgeAll(node);
        Assert.Equal((ulong)node.Log.Count, node.Commit);
        node.Sent.Clear();
        return node;
    }

    public static TestNode InTouch(int[] voters, int[]? outgoing = null, int[]? learners = null) =>
        InTouch(new NodeSetup { Membership = NodeSetup.MembershipOf(voters, outgoing, learners) });

    /// <summary>All members but this node hold all it has.</summary>
    public static void AcknowledgeAll(TestNode node)
    {
        var last = (ulong)node.Log.Count;
        foreach (var member in node.Core.Membership.Members.ToArray().Where(member => member.Id != node.Id))
        {
            node.Receive(Make.Ack((int)member.Id.Value, node.Term, last));
        }
    }

    public static Effect Answer(TestNode node, EffectKind kind) =>
        Assert.Single(node.LastEffects, effect => effect.Kind == kind);

    public static Refusal RefusalOf(TestNode node) => Answer(node, EffectKind.RefuseProposal).Refusal;
}
