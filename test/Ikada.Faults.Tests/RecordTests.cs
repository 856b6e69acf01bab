using Ikada.Faults.Checking;
using Ikada.Faults.Clients;
using Ikada.Faults.Running;
using Ikada.Simulation.Histories;
using Ikada.Simulation.Workloads;

namespace Ikada.Faults.Tests;

/// <summary>What is made of a recording beside the check by revisions.</summary>
public class RecordTests
{
    private readonly Scene _scene = new();

    [Fact]
    public void A_stale_read_is_found_by_values_alone()
    {
        _scene.Put(1);
        var old = _scene.Read(1);
        _scene.Put(1);
        var read = _scene.Read(1);
        Assert.Empty(Registers());
        read.Found = old.Found;
        Assert.StartsWith(ClientHistory.Property, Assert.Single(Registers()));
    }

    [Fact]
    public void What_is_written_is_read_by_the_command_for_histories()
    {
        _scene.Put(1);
        _scene.PutTwo(2);
        _scene.Delete(1, RecordedOutcome.Unknown);
        _scene.Read(1);
        _scene.Read(1, isSerializable: true);
        var directory = Directory.CreateTempSubdirectory("ikada-");
        try
        {
            HistoryFiles.Write(directory.FullName, new RunRecord(
                new KeyPlan(1, TimeSpan.FromSeconds(1), 0), _scene.Operations, [], [], _scene.History));
            var text = File.ReadAllLines(Path.Combine(directory.FullName, "registers.ndjson"));
            using var file = File.OpenRead(Path.Combine(directory.FullName, "registers.ndjson"));
            var history = HistoryReader.Read(file);
            // The transaction is two puts; a serializable read is none of these.
            Assert.Equal(5, text.Length);
            Assert.Equal((5, 1), (history.Operations, history.Unknown));
            Assert.Equal(5, File.ReadAllLines(Path.Combine(directory.FullName, "operations.ndjson")).Length);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public void The_write_gap_is_the_longest_time_without_an_acknowledged_write_after_a_lost_leader()
    {
        _scene.Put(1);
        var began = _scene.Now;
        _scene.Wait(1.5);
        _scene.Read(1);
        _scene.Put(1, RecordedOutcome.Unknown);
        _scene.Wait(0.5);
        _scene.Put(1);
        var next = _scene.Now;
        _scene.Wait(9);
        _scene.Put(1);
        InjectedFault[] faults =
        [
            new(FaultKind.Kill, "the leader killed", began) { LostLeader = true },
            new(FaultKind.Kill, "a follower killed", next),
        ];
        var gap = Assert.Single(WriteGaps.Of(faults, _scene.Operations));
        Assert.InRange(gap.TotalSeconds, 2, 2.1);
    }

    [Theory]
    [InlineData("--seconds")]
    [InlineData("--seconds 0 --ikada i")]
    [InlineData("--kind nothing --ikada i")]
    [InlineData("--plant nothing --ikada i")]
    [InlineData("--kind kill")]
    public void Options_that_are_wrong_are_told(string arguments)
    {
        Assert.False(RunOptions.TryParse(arguments.Split(' '), out _, out var wrong));
        Assert.NotEmpty(wrong);
    }

    [Fact]
    public void Without_a_kind_each_has_its_run_and_all_of_them_one_together()
    {
        Assert.True(RunOptions.TryParse(["--ikada", "i"], out var options, out _));
        Assert.Equal(
            ["kill", "pause", "partition", "asymmetric", "slow", "all"],
            options.Runs.Select(run => run.Name));
    }

    private IReadOnlyList<string> Registers()
    {
        var findings = new Findings();
        RegisterCheck.Run(RegisterCheck.UsesOf(_scene.Operations, Scene.Keys), findings);
        return findings.Texts;
    }
}
