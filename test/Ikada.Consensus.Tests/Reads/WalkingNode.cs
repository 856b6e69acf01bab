namespace Ikada.Consensus.Tests.Reads;

/// <summary>A node of a <see cref="LeaseWalk"/>: it knows the time only by its own clock.</summary>
internal sealed class WalkingNode
{
    private readonly long _perMillion;
    private readonly long _offsetTicks;

    public WalkingNode(
        int id, Membership membership, ConsensusOptions options, RandomSource random, LeaseWalk walk)
    {
        // Any two clocks' rates differ by at most the drift: each is off by less than half of it, either way.
        var half = options.ClockDriftPerMillionMax * 9 / 20;
        _perMillion = random.OneIn(2) ? 1_000_000 + half : 1_000_000 - half;
        _offsetTicks = TimeSpan.FromMinutes(10 + random.NextBelow(10_000)).Ticks;
        Index = id - 1;
        Node = new TestNode(new NodeSetup
        {
            Id = id, Membership = membership, Options = options, Seed = random.NextUInt64(),
            Now = Clock(TimeSpan.Zero),
        })
        {
            OnEffect = (_, effect) => walk.Judge(this, effect),
        };
    }

    public int Index { get; }

    public TestNode Node { get; }

    public Role Role => Node.Role;

    /// <summary>How often it was started: what was meant for an earlier life is lost.</summary>
    public int Life { get; private set; }

    /// <summary>It does not run before.</summary>
    public TimeSpan FreeAt { get; set; }

    /// <summary>The latest true time at which it read its clock for a step.</summary>
    public TimeSpan LastStep { get; private set; }

    /// <summary>What its clock shows at that true time.</summary>
    public Instant Clock(TimeSpan time) =>
        new(_offsetTicks + (long)((Int128)time.Ticks * _perMillion / 1_000_000));

    /// <summary>Takes an input, with the clock as read at <paramref name="clockRead"/>.</summary>
    public void Do(TimeSpan clockRead, Action<TestNode> input)
    {
        LastStep = clockRead;
        Node.Now = Clock(clockRead);
        input(Node);
    }

    public void Restart(TimeSpan now, ulong seed)
    {
        Life++;
        FreeAt = now;
        LastStep = now;
        Node.Now = Clock(now);
        Node.Restart(seed);
    }
}
