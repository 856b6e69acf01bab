using System.CommandLine;
using Ikada.Cli.Simulating;
using Ikada.Simulation;

namespace Ikada.Cli.Tests.Simulating;

public sealed class SimulateOptionsTests
{
    [Fact]
    public void Without_options_the_simulators_own_defaults_hold() =>
        Assert.Equal(new SimArguments(), Read());

    [Fact]
    public void Every_option_reaches_the_simulator()
    {
        var expected = new SimArguments
        {
            Seed = 7, Seeds = 8, For = 9, KeepGoing = true, Jobs = 2, Nodes = "3,5", Seconds = 10,
            Faults = "crash", Only = "crash:1", Skip = "crash:2", Clients = 3, Keys = 4, Ask = "1-2",
            Frames = "3-4", Events = "e", Trace = "t", Record = "r", Shrink = true, ShrinkSeconds = 11,
            History = "h", Workload = "sessions", Sleep = "on", Coverage = true, RequireCoverage = true,
        };
        var byDefault = new SimArguments();
        Assert.All(
            typeof(SimArguments).GetProperties(),
            option => Assert.NotEqual(option.GetValue(byDefault), option.GetValue(expected)));
        Assert.Equal(expected, Read(
            "--seed", "7", "--seeds", "8", "--for", "9", "--keep-going", "--jobs", "2", "--nodes", "3,5",
            "--seconds", "10", "--faults", "crash", "--only", "crash:1", "--skip", "crash:2",
            "--clients", "3", "--keys", "4", "--ask", "1-2", "--frames", "3-4", "--events", "e",
            "--trace", "t", "--record", "r", "--shrink", "--shrink-seconds", "11",
            "--history", "h", "--workload", "sessions", "--sleep", "on", "--coverage", "--require-coverage"));
    }

    [Fact]
    public void Events_without_a_file_go_with_the_report() =>
        Assert.Equal(SimArguments.ToOutput, Read("--events").Events);

    private static SimArguments Read(params string[] words)
    {
        var options = new SimulateOptions();
        var command = new Command("sim");
        options.AddTo(command);
        var parsed = command.Parse(words);
        Assert.Empty(parsed.Errors);
        return options.Read(parsed);
    }
}
