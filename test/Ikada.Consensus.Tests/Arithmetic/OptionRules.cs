namespace Ikada.Consensus.Tests.Arithmetic;

/// <summary>Every option at its bound, and one step over it.</summary>
public sealed class OptionRules
{
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);
    private static readonly ConsensusOptions Good = new();

    public static TheoryData<string, bool> Bounds
    {
        get
        {
            var data = new TheoryData<string, bool>();
            foreach (var name in Cases.Keys)
            {
                data.Add(name, true);
                data.Add(name, false);
            }

            return data;
        }
    }

    private static TimeSpan Beat => Good.HeartbeatInterval;

    private static Dictionary<string, (ConsensusOptions Least, ConsensusOptions Over)> Cases => new()
    {
        ["HeartbeatInterval"] = (
            Good with { HeartbeatInterval = TimeSpan.FromMilliseconds(1) },
            Good with { HeartbeatInterval = TimeSpan.FromMilliseconds(1) - Tick }),
        ["ElectionTimeout"] = (
            Good with { ElectionTimeout = 3 * Beat }, Good with { ElectionTimeout = (3 * Beat) - Tick }),
        ["LostLeaderRetryMin"] = (
            Good with { LostLeaderRetryMin = Tick }, Good with { LostLeaderRetryMin = TimeSpan.Zero }),
        ["LostLeaderRetryMax"] = (
            Good with { LostLeaderRetryMax = Good.LostLeaderRetryMin },
            Good with { LostLeaderRetryMax = Good.LostLeaderRetryMin - Tick }),
        ["DiskStuckTimeout"] = (
            Good with { DiskStuckTimeout = Beat }, Good with { DiskStuckTimeout = Beat - Tick }),
        ["ClockDriftPerMillionMax is -1;"] = (
            Good with { ClockDriftPerMillionMax = 0 }, Good with { ClockDriftPerMillionMax = -1 }),
        ["ClockDriftPerMillionMax is 500001;"] = (
            Good with { ClockDriftPerMillionMax = 500_000 },
            Good with { ClockDriftPerMillionMax = 500_001 }),
        ["PromotionLagEntriesMax"] = (
            Good with { PromotionLagEntriesMax = 0 }, Good with { PromotionLagEntriesMax = -1 }),
        ["QuiesceAfter"] = (Good with { QuiesceAfter = Tick }, Good with { QuiesceAfter = -Tick }),
        ["AppendBytesMax is 1023;"] = (
            Good with { AppendBytesMax = 1024 }, Good with { AppendBytesMax = 1023 }),
        ["InflightAppendsMax"] = (
            Good with { InflightAppendsMax = 1 }, Good with { InflightAppendsMax = 0 }),
        ["InflightBytesMax"] = (
            Good with { InflightBytesMax = Good.AppendBytesMax },
            Good with { InflightBytesMax = Good.AppendBytesMax - 1 }),
        ["UncommittedBytesMax"] = (
            Good with { UncommittedBytesMax = 1024 }, Good with { UncommittedBytesMax = 1023 }),
        ["ReadsWaitingMax"] = (Good with { ReadsWaitingMax = 1 }, Good with { ReadsWaitingMax = 0 }),
    };

    [Theory]
    [MemberData(nameof(Bounds))]
    public void An_option_at_its_bound_is_good_and_one_over_it_is_named(string says, bool isWithin)
    {
        var (least, over) = Cases[says];
        if (isWithin)
        {
            Assert.Null(least.Validate());
            return;
        }

        Assert.Contains(says, over.Validate(), StringComparison.Ordinal);
        var restored = new RestoredLog(default, NodeSetup.VotersOf(3), default, default);
        var refused = Assert.Throws<ArgumentException>(
            "options", () => new ConsensusCore(over, Make.Id(1), restored, seed: 1, default));
        Assert.Contains(says, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_core_needs_a_log_and_a_node()
    {
        var restored = new RestoredLog(default, NodeSetup.VotersOf(3), default, default);
        Assert.Throws<ArgumentNullException>(
            "restored", () => new ConsensusCore(Good, Make.Id(1), null!, seed: 1, default));
        Assert.Throws<ArgumentOutOfRangeException>(
            "self", () => new ConsensusCore(Good, NodeId.None, restored, seed: 1, default));
    }
}
