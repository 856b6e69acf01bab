using Ikada.Simulation.Faults;
using Ikada.Simulation.Replaying;
using Ikada.Simulation.Trace;

namespace Ikada.Simulation.Tests;

/// <summary>A run that was written down is repeated, compared and walked.</summary>
public sealed class ReplayTests : IDisposable
{
    private static readonly SimulationOptions Options = new()
    {
        Seed = 2, Nodes = 3, Seconds = 4, Clients = 2, Keys = 1, Faults = FaultSet.Of([FaultKind.Crash]),
    };

    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void The_same_run_has_the_same_history()
    {
        Write(RunRecord.Execute(Options).Record);
        var (code, output, errors) = Replay();
        Assert.Equal(SimCommand.Success, code);
        Assert.Empty(errors);
        Assert.Contains("the same history", output, StringComparison.Ordinal);
        Assert.Contains("now       all properties held", output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_first_event_that_differs_is_named_and_another_commit_explains_it()
    {
        var record = RunRecord.Execute(Options).Record;
        ushort[] marks = [.. record.Marks];
        marks[99] ^= 1;
        Write(record with { Marks = marks, Hash = 1, Commit = "older" });
        var (code, output, _) = Replay();
        Assert.Equal(ReplayCommand.Differs, code);
        Assert.Contains("ANOTHER HISTORY from event 100 on", output, StringComparison.Ordinal);
        Assert.Contains($"as expected: this program is of commit {BuildCommit.Name}", output,
            StringComparison.Ordinal);
        Write(record with { Hash = 1 });
        Assert.Contains("not deterministic", Replay().Output, StringComparison.Ordinal);
    }

    [Fact]
    public void All_options_survive_being_written_down()
    {
        var list = StrikeList.Parse("crash:1-3", out _);
        var options = Options with
        {
            Only = list,
            Skip = list,
            Asking = new Time.TimeWindow(5, 900),
            Frames = new Time.TimeWindow(1, 2),
            Workload = WorkloadKind.Sessions,
        };
        Assert.Null(WrittenArguments.Read(options.Arguments, out var read));
        Assert.Equal(options.Arguments, read.Arguments);
        Assert.Equal("ikada sim " + options.Arguments, options.ReplayCommand);
    }

    [Theory]
    [InlineData("", "no file of 'ikada sim --record'")]
    [InlineData("ikada run 1\ncommit x\nevents 0\n", "'arguments' is missing")]
    [InlineData("ikada run 1\nnonsense\n", "line 2")]
    [InlineData("ikada run 1\narguments --seed 1\ncommit x\nhash 1\nevents 2\n0001\n", "2 marks")]
    [InlineData("ikada run 1\narguments --seed 1\ncommit x\nhash 1\nevents 1\n00g1\n", "1 marks")]
    [InlineData("ikada run 1\narguments --sead 1\ncommit x\nhash 1\nevents 0\n", "'--sead 1'")]
    [InlineData("ikada run 1\narguments --nodes 0\ncommit x\nhash 1\nevents 0\n", "--nodes is 0")]
    [InlineData("ikada run 1\narguments --seed\ncommit x\nhash 1\nevents 0\n", "--seed has no value")]
    public void A_file_that_is_none_is_refused_and_what_is_wrong_is_named(string text, string named)
    {
        File.WriteAllText(_file, text);
        var (code, output, errors) = Replay();
        Assert.Equal(SimCommand.BadArguments, code);
        Assert.Empty(output);
        Assert.Contains(named, errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_there_is_named()
    {
        using var errors = new StringWriter();
        Assert.Equal(SimCommand.BadArguments, ReplayCommand.Run(_file + ".none", null, errors, errors));
        Assert.Contains(_file + ".none", errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_walk_goes_forwards_backwards_and_to_what_is_asked_for()
    {
        var steps = Walked(
            "n", "n 4", "b 2", "g 50", "t 2.0", "n2", "k CRASHES", "?client asks", "l 3", "v", "q");
        Assert.Equal(["1", "2", "6", "4", "50"], steps.Shown[..5].Select(shown => shown.Number));
        Assert.StartsWith("2.", steps.Shown[5].Line, StringComparison.Ordinal);
        Assert.Contains("n2 ", steps.Shown[6].Line, StringComparison.Ordinal);
        Assert.Contains("CRASHES", steps.Shown[7].Line, StringComparison.Ordinal);
        Assert.Contains("client asks", steps.Shown[8].Line, StringComparison.Ordinal);
        Assert.Contains($"of {steps.Shown[9].Number}\n", steps.Output, StringComparison.Ordinal);
        Assert.Contains($"> {steps.Shown[8].Number,7}  ", steps.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_step_shows_the_state_of_every_node_and_what_has_changed()
    {
        var output = Walked("k is now", "/leader in term", "q").Output;
        var shown = output[output.LastIndexOf("event ", StringComparison.Ordinal)..];
        var table = shown.Split('\n')
            .SkipWhile(line => !line.Contains("node", StringComparison.Ordinal)).ToList();
        Assert.Contains("members", table[0], StringComparison.Ordinal);
        Assert.Contains(table, line => line.Contains("leader*", StringComparison.Ordinal));
        for (var node = 1; node <= 3; node++)
        {
            Assert.StartsWith($"  n{node} ", table[node], StringComparison.Ordinal);
            Assert.Contains("1,2,3", table[node], StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_step_back_shows_what_the_step_there_has_shown()
    {
        var there = Walked("g 700", "g 20", "g 700", "b", "n", "q").Shown;
        Assert.Equal("700", there[1].Number);
        Assert.Equal(there[1], there[3]);
        Assert.Equal(there[1], there[5]);
        Assert.NotEqual(there[1], there[2]);
    }

    [Fact]
    public void Beyond_what_is_kept_the_run_is_repeated()
    {
        var walk = Executed(Options with { Seconds = 20, Clients = 8 });
        Assert.True(walk.Events.Count > 9000, $"{walk.Events.Count} events");
        var near = walk.StateAt(100);
        walk.StateAt(walk.Events.Count - 1);
        Assert.Equal(1, walk.Repeats);
        walk.StateAt(walk.Events.Count - 2000);
        Assert.Equal(1, walk.Repeats);
        Assert.Equal(Words(near), Words(walk.StateAt(100)));
        Assert.Equal(2, walk.Repeats);
    }

    [Fact]
    public void The_walk_ends_at_the_violation()
    {
        using var output = new StringWriter();
        var walk = Executed(new SimulationOptions { Seed = 40, Seconds = 3, LivenessTimeoutsMax = 1 });
        Assert.NotNull(walk.Failure);
        new WalkShell(walk, new StringReader("v\nb\n"), output, highlights: true).Run();
        Assert.Contains("\e[1;33m", output.ToString(), StringComparison.Ordinal);
        Assert.Contains($"VIOLATION  {walk.Failure.Property}", output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("g x", "'x' is not a whole number")]
    [InlineData("t x", "'x' is not a time")]
    [InlineData("fly", "'fly' is no command")]
    [InlineData("/unheard of", "no event of 'unheard of' after this one")]
    [InlineData("h", "to the next event of that node")]
    public void What_cannot_be_done_is_said(string command, string said) =>
        Assert.Contains(said, Walked(command, "q").Output, StringComparison.Ordinal);

    private static Walk Executed(SimulationOptions options)
    {
        var events = new List<TraceEntry>();
        var result = SimulationRun.Execute(options with { Recorder = (entry, _) => events.Add(entry) });
        return new Walk(options, events, result.Failure);
    }

    private static IEnumerable<string> Words(WalkState state) =>
        state.After.SelectMany(node => node.Words);

    private (string Output, List<(string Number, string Line, string Table)> Shown) Walked(
        params string[] commands)
    {
        Write(RunRecord.Execute(Options).Record);
        using var steps = new StringReader(string.Join('\n', commands));
        using var writer = new StringWriter();
        Assert.Equal(SimCommand.Success, ReplayCommand.Run(_file, steps, writer, writer));
        var output = writer.ToString();
        var shown = new List<(string, string, string)>();
        foreach (var part in output.Split("event ")[1..])
        {
            var lines = part.Split('\n');
            if (lines[0].Contains(" of ", StringComparison.Ordinal) && lines.Length > 4)
            {
                shown.Add((lines[0].Split(' ')[0], lines[1].Trim(), string.Join('\n', lines[2..6])));
            }
        }

        return (output, shown);
    }

    private void Write(RunRecord record)
    {
        using var writer = new StreamWriter(_file);
        record.Write(writer);
    }

    private (int Code, string Output, string Errors) Replay()
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var code = ReplayCommand.Run(_file, null, output, errors);
        return (code, output.ToString(), errors.ToString());
    }
}
