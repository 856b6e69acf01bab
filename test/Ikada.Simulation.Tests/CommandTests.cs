using Ikada.Simulation.Histories;
using Ikada.Simulation.Replaying;

namespace Ikada.Simulation.Tests;

public sealed class CommandTests
{
    [Fact]
    public void One_seed_prints_its_numbers_and_the_hash_of_its_history()
    {
        var (code, output, _) = Run(new SimArguments { Seed = 2, Nodes = "3", Seconds = 2 });
        Assert.Equal(SimCommand.Success, code);
        Assert.Contains("event hash  ", output, StringComparison.Ordinal);
        Assert.Contains("violations  0", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Many_seeds_print_the_sum()
    {
        var (code, output, _) = Run(new SimArguments { Seeds = 3, Jobs = 2, Nodes = "3", Seconds = 2 });
        Assert.Equal(SimCommand.Success, code);
        Assert.Contains("seeds       3", output, StringComparison.Ordinal);
        Assert.Contains("× real time", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_is_written_down_and_its_events_too_where_that_is_asked_for()
    {
        var (record, events) = (Path.GetTempFileName(), Path.GetTempFileName());
        try
        {
            var arguments = new SimArguments
            {
                Seed = 2, Nodes = "1", Seconds = 1, Record = record, Events = events,
            };
            var (code, output, _) = Run(arguments);
            Assert.Equal(SimCommand.Success, code);
            Assert.Contains($"ikada sim replay {record} --step", output, StringComparison.Ordinal);
            using var reader = new StreamReader(record);
            Assert.Equal(File.ReadAllLines(events).Length, RunRecord.Read(reader, out _)!.Marks.Count);
            Assert.Contains("--events: ", Run(arguments with { Events = record + "/x" }).Errors,
                StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(record);
            File.Delete(events);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData(20)]
    public void A_violation_is_told_written_down_and_reduced_if_asked_for(int? seeds)
    {
        // So little time for the healing that most seeds fail.
        var options = new SimulationOptions { Seed = 40, Nodes = 3, Seconds = 3, LivenessTimeoutsMax = 1 };
        while (SimulationRun.Execute(options).Failure is null)
        {
            options = options with { Seed = options.Seed + 1 };
        }

        var directory = Directory.CreateTempSubdirectory("ikada-");
        try
        {
            var file = Path.Combine(directory.FullName, "new", "failing.run");
            var arguments = new SimArguments
            {
                Seed = seeds is null ? options.Seed : 40, Seeds = seeds, Nodes = "3", Seconds = 3,
                LivenessTimeoutsMax = 1, Record = file, Shrink = true, ShrinkSeconds = 1,
            };
            var (code, output, _) = Run(arguments);
            Assert.Equal(SimCommand.Violated, code);
            Assert.Contains($"VIOLATION with seed {options.Seed} ", output, StringComparison.Ordinal);
            Assert.Contains("SHRUNK with ", output, StringComparison.Ordinal);
            string[] records = [file, Path.ChangeExtension(file, "shrunk.run")];
            Assert.All(records, name =>
            {
                Assert.Contains($"ikada sim replay {name} --step", output, StringComparison.Ordinal);
                using var reader = new StreamReader(name);
                Assert.StartsWith("I40 ", RunRecord.Read(reader, out _)!.Property, StringComparison.Ordinal);
            });

            var nowhere = Run(arguments with { Record = Path.Combine(file, "x"), Shrink = false });
            Assert.Equal(SimCommand.BadArguments, nowhere.Code);
            Assert.StartsWith("--record: ", nowhere.Errors, StringComparison.Ordinal);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("fire", "5", 60, 1, "'fire'")]
    [InlineData("all", "0", 60, 1, "--nodes is 0")]
    [InlineData("all", "10", 60, 1, "--nodes is 10")]
    [InlineData("all", "3,10", 60, 2, "--nodes is 10")]
    [InlineData("all", "3,5", 60, 1, "--nodes is '3,5'; several numbers")]
    [InlineData("all", "three", 60, 1, "--nodes is 'three'")]
    [InlineData("all", "5", 0, 1, "--seconds is 0")]
    [InlineData("all", "5", 60, 0, "--seeds is 0")]
    public void Bad_arguments_are_named_and_nothing_runs(string faults, string nodes, int seconds, int seeds,
        string named)
    {
        var (code, output, errors) =
            Run(new SimArguments { Faults = faults, Nodes = nodes, Seconds = seconds, Seeds = seeds });
        Assert.Equal(SimCommand.BadArguments, code);
        Assert.Empty(output);
        Assert.Contains(named, errors, StringComparison.Ordinal);
    }

    [Fact]
    public void The_clients_history_is_written_as_it_is_read()
    {
        var file = Path.GetTempFileName();
        try
        {
            var arguments = new SimArguments { Seed = 2, Nodes = "3", Seconds = 2, History = file };
            Assert.Equal(SimCommand.Success, Run(arguments).Code);
            using var lines = File.OpenRead(file);
            var history = HistoryReader.Read(lines);
            Assert.True(history.Operations > 50);
            Assert.Equal(
                HistoryOutcome.Linearizable,
                HistoryChecker.Check(history, 1 << 20, static () => false).Outcome);

            var (code, _, errors) = Run(arguments with { History = Path.Combine(file, "history") });
            Assert.Equal(SimCommand.BadArguments, code);
            Assert.Contains("--history", errors, StringComparison.Ordinal);
            (code, _, errors) = Run(arguments with { Seeds = 2 });
            Assert.Equal(SimCommand.BadArguments, code);
            Assert.Contains("--history goes with one seed", errors, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData(2)]
    public void What_is_under_way_is_stopped(int? seeds)
    {
        var arguments = new SimArguments { Nodes = "3", Seconds = 2000, Seeds = seeds };
        var (code, output, _) = Run(arguments, isStopped: true);
        Assert.Equal(SimCommand.Success, code);
        Assert.StartsWith("stopped", output, StringComparison.Ordinal);
    }

    private static (int Code, string Output, string Errors) Run(
        SimArguments arguments, bool isStopped = false)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var code = SimCommand.Run(arguments, output, errors, null, new CancellationToken(isStopped));
        return (code, output.ToString(), errors.ToString());
    }
}
