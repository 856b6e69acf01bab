using Ikada.Simulation.Coverage;
using Ikada.Simulation.Disk;
using Ikada.Simulation.Faults;

namespace Ikada.Simulation.Tests.Injection;

public sealed class CoverageTests
{
    /// <summary>With IKADA_REWRITE=1, as ./fix --coverage sets it, the document is written anew.</summary>
    [Fact]
    public void The_document_is_what_would_be_generated()
    {
        var path = Path.Combine(Root(), "docs", "simulation", "coverage.md");
        var wanted = CoverageReport.Document();
        if (Environment.GetEnvironmentVariable("IKADA_REWRITE") == "1")
        {
            File.WriteAllText(path, wanted);
        }

        Assert.True(File.ReadAllText(path) == wanted, $"{path} is not up to date: run ./fix --coverage");
    }

    [Fact]
    public void Every_kind_and_every_mark_belongs_to_a_fault_of_the_list()
    {
        Assert.Empty(Enum.GetValues<FaultKind>().Except(FaultTable.Rows.SelectMany(row => row.Kinds)));
        Assert.Empty(Enum.GetValues<Mark>().Except(FaultTable.Rows.SelectMany(row => row.Marks)));
        Assert.Single(FaultTable.Rows, row => row.HasPoints);
    }

    [Fact]
    public void A_fault_is_injected_and_fires_or_waits_for_something()
    {
        Assert.All(FaultTable.Rows, row => Assert.True(row.Code.Length + row.Later.Length > 0, row.Fault));
        Assert.All(
            FaultTable.Rows.Where(row => row.Code.Length == 0),
            row => Assert.True(row.Kinds.Length + row.Marks.Length == 0, row.Fault));
    }

    [Fact]
    public void What_never_fired_is_named()
    {
        var counts = new RunCounts();
        Assert.Equal(CoverageReport.Required, CoverageReport.NeverFired(counts).Count);
        counts.Reached(Mark.QueueFull);
        counts.Reached(CrashPoints.All[0]);
        counts.Refused = 1;
        var never = CoverageReport.NeverFired(counts);
        Assert.Equal(CoverageReport.Required - 4, never.Count);
        Assert.DoesNotContain("mark \"queue full\"", never);
        Assert.Contains("mark \"queue drained\"", never);
        Assert.Contains("crash at \"Batch: halfway write of segment\"", never);
    }

    [Fact]
    public void A_run_that_must_cover_all_and_does_not_fails()
    {
        using var output = new StringWriter();
        var code = SimCommand.Run(
            new SimArguments { Seeds = 2, Nodes = "3", Seconds = 2, RequireCoverage = true }, output, output,
            cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(SimCommand.Violated, code);
        Assert.Contains("never fired: ", output.ToString(), StringComparison.Ordinal);
        code = SimCommand.Run(
            new SimArguments { Seeds = 2, Faults = "drop", RequireCoverage = true }, output, output,
            cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(SimCommand.BadArguments, code);
    }

    private static string Root()
    {
        var at = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(at, "Ikada.slnx")))
        {
            at = Path.GetDirectoryName(at)!;
        }

        return at;
    }
}
