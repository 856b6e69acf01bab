namespace Ikada.Consensus.Tests.Walks;

/// <summary>What a walk does to the membership: random changes at whoever leads, and nodes that lose their
/// disk and come back as learners.</summary>
internal sealed class MembershipActs(TestCluster cluster, RandomSource random)
{
    private ulong _incarnations = 1000;

    /// <summary>How many changes were taken by a leader.</summary>
    public int Taken { get; private set; }

    public int Wiped { get; private set; }

    // The node whose disk was lost and that was not added again yet.
    private TestNode? Lost { get; set; }

    public void Act()
    {
        if (random.OneIn(3))
        {
            TryWipe();
        }
        else if (cluster.Leader is { } leader)
        {
            Change(leader, Draw(leader.Core.Membership));
        }
    }

    /// <summary>Brings the lost node back, so that the group can be whole again.</summary>
    public void Heal()
    {
        for (var tries = 0; tries < 20 && cluster.Leader is { } leader && IsStillLost(leader); tries++)
        {
            Change(leader, Wish.Simple($"f{Lost!.Id.Value}"));
            cluster.Settle();
            cluster.RunFor(TimeSpan.FromSeconds(2));
        }
    }

    private void Change(TestNode leader, MembershipChange change)
    {
        cluster.Do((int)leader.Id.Value, node => node.Change(change));
        Taken += leader.LastEffects.Any(effect => effect.Kind == EffectKind.AcceptProposal) ? 1 : 0;
    }

    // While a voter's disk is lost, another one less could leave the group without a majority for good.
    private MembershipChange Draw(Membership membership)
    {
        if (Lost is { } lost && IsStillLost(cluster.Leader!))
        {
            return Wish.Simple($"f{lost.Id.Value}");
        }

        if (membership.IsJoint)
        {
            return Wish.Leave;
        }

        var words = Enumerable.Range(0, 1 + random.NextBelow(3))
            .Select(_ => $"{"vvlru"[random.NextBelow(5)]}{1 + random.NextBelow(cluster.Nodes.Count)}");
        var mode = random.OneIn(3) ? ChangeMode.JointExplicit : ChangeMode.Auto;
        return Wish.Of(mode, string.Join(' ', words));
    }

    // Only where the log of everybody who may campaign says which directory the node has, and nothing is
    // under way: whoever cannot tell it from its predecessor would take its vote, which is the known limit of
    // incarnations.
    private void TryWipe()
    {
        if (cluster.Leader is not { } leader || (Lost is not null && IsStillLost(leader)))
        {
            return;
        }

        var membership = leader.Core.Membership;
        var node = cluster.Nodes[random.NextBelow(cluster.Nodes.Count)];
        var isCalm = membership is { IsJoint: false, Voters.Length: >= 3 } && node != leader
            && IsCommitted(leader, membership) && cluster.Nodes.All(other => CanTell(other, node));
        if (!isCalm)
        {
            return;
        }

        var id = (int)node.Id.Value;
        if (!cluster.IsDown(node))
        {
            cluster.Crash(id);
        }

        cluster.Wipe(id, random.NextUInt64(), ++_incarnations);
        Lost = node;
        Wiped++;
    }

    private bool IsStillLost(TestNode leader) =>
        Lost is { } lost && leader.Core.Membership.Find(lost.Id)?.Incarnation is { } bound
            && bound != lost.Identity.Incarnation;

    private static bool CanTell(TestNode other, TestNode node)
    {
        var newest = other.Disk.Log.FindLast(entry => entry.Membership is not null).Membership;
        return newest is not null
            ? !newest.IsVoter(other.Id) || newest.Find(node.Id)?.Incarnation == node.Identity.Incarnation
            : !other.Core.Membership.IsVoter(other.Id);
    }

    private static bool IsCommitted(TestNode leader, Membership membership) =>
        leader.Log.FindLastIndex(entry => ReferenceEquals(entry.Membership, membership)) < (int)leader.Commit;
}
