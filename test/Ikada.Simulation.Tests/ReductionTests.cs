using Ikada.Simulation.Faults;
using Ikada.Simulation.Time;

namespace Ikada.Simulation.Tests;

/// <summary>A run can be cut down while everything else stays.</summary>
public sealed class ReductionTests
{
    private static readonly SimulationOptions Run = new()
    {
        Seed = 9, Nodes = 3, Seconds = 5, Workload = WorkloadKind.Keys,
    };

    [Fact]
    public void The_kinds_that_a_seed_drew_and_the_strikes_that_happened_give_the_same_run_when_named()
    {
        var drawn = SimulationRun.Execute(Run);
        var named = Run with { Faults = drawn.ActiveFaults, Only = StrikeList.Of(drawn.Strikes) };
        Assert.NotEqual(FaultSet.All, named.Faults);
        Assert.Equal(drawn.EventHash, SimulationRun.Execute(named).EventHash);
    }

    [Fact]
    public void Without_a_kind_and_a_strike_all_others_strike_when_they_did()
    {
        var whole = Strikes(Run);
        var kinds = SimulationRun.Execute(Run).ActiveFaults.ToList().Where(kind => kind != FaultKind.Reset);
        var parts = Strikes(Run with { Faults = FaultSet.Of(kinds), Skip = List("crash:1,partition") });
        Assert.Contains(whole, line => line.EndsWith("crash:1", StringComparison.Ordinal));
        Assert.Equal(
            whole.Where(line => !line.EndsWith("crash:1", StringComparison.Ordinal)
                && !line.Contains("partition", StringComparison.Ordinal)
                && !line.Contains("reset", StringComparison.Ordinal)),
            parts);
    }

    [Fact]
    public void Only_the_strikes_named_happen()
    {
        var named = SimulationRun.Execute(Run with { Only = List("crash:1-2") });
        Assert.Equal([new Strike(FaultKind.Crash, 1), new Strike(FaultKind.Crash, 2)], named.Strikes);
        Assert.Empty(SimulationRun.Execute(Run with { Only = List("none") }).Strikes);
    }

    [Fact]
    public void So_many_clients_ask_on_so_many_keys_and_only_in_their_time()
    {
        using var events = new StringWriter();
        var result = SimulationRun.Execute(Run with
        {
            Clients = 2,
            Keys = 1,
            Asking = new TimeWindow(2000, 2500),
            Faults = FaultSet.None,
            Events = events,
        });
        Assert.Equal(new RunSize(3, 2, 1), result.Size);
        Assert.Null(result.Failure);
        var asked = events.ToString().Split('\n').Where(line =>
            line.Contains("client asks", StringComparison.Ordinal)).ToList();
        Assert.True(asked.Count > 4, $"{asked.Count} operations");
        Assert.All(asked, line =>
        {
            var time = double.Parse(
                line.AsSpan(0, 12), System.Globalization.CultureInfo.InvariantCulture);
            Assert.True(time is (>= 2 and < 2.5) or >= 5, line);
            Assert.Contains("key 0", line, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Frames_are_treated_badly_only_in_their_time()
    {
        var set = FaultSet.Of([FaultKind.Drop, FaultKind.Duplicate]);
        var always = SimulationRun.Execute(Run with { Faults = set });
        var never = SimulationRun.Execute(Run with { Faults = set, Frames = new TimeWindow(0, 0) });
        Assert.True(always.Counts.FaultsOf(FaultKind.Drop) > 0);
        Assert.Equal(0, never.Counts.FaultsOf(FaultKind.Drop) + never.Counts.FaultsOf(FaultKind.Duplicate));
    }

    [Theory]
    [InlineData("none", "none")]
    [InlineData("crash:2,pause:3-5,reset", "crash:2,pause:3-5,reset")]
    public void A_list_is_written_as_it_is_read(string text, string written) =>
        Assert.Equal(written, List(text).ToString());

    [Theory]
    [InlineData("fire:1", "'fire'")]
    [InlineData("all", "'all'")]
    [InlineData("crash:0", "'crash:0'")]
    [InlineData("crash:5-3", "'crash:5-3'")]
    [InlineData("crash:", "'crash:'")]
    public void A_list_that_cannot_be_read_is_named(string text, string named)
    {
        Assert.Null(StrikeList.Parse(text, out var error));
        Assert.Contains(named, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("5")]
    [InlineData("5-3")]
    [InlineData("-3")]
    [InlineData("a-b")]
    public void A_window_that_cannot_be_read_is_refused(string text) =>
        Assert.False(TimeWindow.TryParse(text, out _));

    private static List<string> Strikes(SimulationOptions options)
    {
        using var events = new StringWriter();
        SimulationRun.Execute(options with { Events = events });
        return [.. events.ToString().Split('\n').Where(line =>
            line.Contains(" FAULT ", StringComparison.Ordinal))];
    }

    private static StrikeList List(string text)
    {
        var list = StrikeList.Parse(text, out var error);
        Assert.True(list is not null, error);
        return list;
    }
}
