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

    public ulong Seed { get; init; } = 1;

    /// <summary>Far from 0, so that a moment never set would show.</summary>
    public Instant Now { get; init; } = new(TimeSpan.FromHours(1).Ticks);

    public ConsensusOptions Options { get; init; } = new();

    /// <summary>A group of the voters 1 to <paramref name="count"/>.</summary>
    public static Membership VotersOf(int count)
    {
        NodeId[] ids = [.. Enumerable.Range(1, count).Select(id => new NodeId((ulong)id))];
        return new Membership([.. ids.Select(id => new Member(id, null, default))], ids);
    }
}
