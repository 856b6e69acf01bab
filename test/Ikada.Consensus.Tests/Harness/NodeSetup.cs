namespace Ikada.Consensus.Tests.Harness;

/// <summary>What a <see cref="TestNode"/> starts from.</summary>
internal sealed record NodeSetup
{
    public int Id { get; init; } = 1;

    public Membership Membership { get; init; } = VotersOf(3);

    public ulong Term { get; init; }

    public int Vote { get; init; }

    public ulong Commit { get; init; }

    public TestEntry[] Log { get; init; } = [];

    /// <summary>Its directory's incarnation; 0: incarnations are not looked at.</summary>
    public ulong Incarnation { get; init; }

    public ulong Seed { get; init; } = 1;

    /// <summary>Far from 0, so that a moment never set would show.</summary>
    public Instant Now { get; init; } = new(TimeSpan.FromHours(1).Ticks);

    public ConsensusOptions Options { get; init; } = new();

    /// <summary>A group of the voters 1 to <paramref name="count"/>.</summary>
    public static Membership VotersOf(int count)
    {
        return MembershipOf([.. Enumerable.Range(1, count)]);
    }

    /// <summary>A group of these voters, outgoing voters and learners; all who are in several are named
    /// once.</summary>
    public static Membership MembershipOf(int[] voters, int[]? outgoing = null, int[]? learners = null)
    {
        NodeId[] Ids(int[]? ids) => [.. (ids ?? []).Select(id => new NodeId((ulong)id))];
        Member[] members = [.. voters.Concat(outgoing ?? []).Concat(learners ?? []).Distinct()
            .Select(id => new Member(new NodeId((ulong)id), null, default))];
        return new Membership(members, Ids(voters), Ids(outgoing), Ids(learners));
    }
}
