using Ikada.Cli.Simulating;
using Ikada.Simulation;
using Ikada.Simulation.Reducing;

namespace Ikada.Cli.Tests.Simulating;

public sealed class SimulateProgressTests
{
    private readonly List<string> _lines = [];

    [Fact]
    public void A_line_says_how_far_the_runs_are()
    {
        var result = SimulationRun.Execute(new SimulationOptions { Seed = 1, Nodes = 1, Seconds = 1 });
        var sum = new SimulationSummary { WallTime = TimeSpan.FromSeconds(2) };
        sum.Add(result);
        new SimulateProgress(_lines.Add, seeds: 10).Ran(sum);
        var line = Assert.Single(_lines);
        Assert.StartsWith("seeds 1 of 10, 2 s, virtual 0.00 h (", line, StringComparison.Ordinal);
        Assert.EndsWith(
            $"faults fired {result.Counts.FaultsFired}, violations 0", line, StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_says_how_small_a_run_has_become()
    {
        new SimulateProgress(_lines.Add).Tried(new ShrinkProgress(
            "nodes", 12, TimeSpan.FromSeconds(3), new ShrinkSize(2, 5, 3, 4, 1, 2.5, 900)));
        Assert.Equal(
            "shrinking, 3 s, 12 runs, now nodes: faults 2, strikes 5, nodes 3, clients 4, keys 1, events 900",
            Assert.Single(_lines));
    }

    [Fact]
    public void Where_nobody_looks_lines_come_now_and_then()
    {
        using var writer = new StringWriter();
        var seldom = SimulateProgress.Lines(writer, TimeSpan.FromHours(1), seeds: null);
        seldom.Ran(new SimulationSummary());
        Assert.Empty(writer.ToString());
        SimulateProgress.Lines(writer, TimeSpan.Zero, seeds: 9).Ran(new SimulationSummary());
        Assert.StartsWith("seeds 0 of 9, ", writer.ToString(), StringComparison.Ordinal);
    }
}
