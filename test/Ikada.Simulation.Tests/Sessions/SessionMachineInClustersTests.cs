using Ikada.Primitives;
using Ikada.Sessions;
using Ikada.Simulation.Workloads.Sessions;

namespace Ikada.Simulation.Tests.Sessions;

/// <summary>The machine with sessions is a machine like any other, and keeps to all that the kit
/// demands.</summary>
public sealed class SessionMachineInClustersTests
{
    [Fact]
    public void The_kit_finds_nothing_in_a_machine_with_sessions()
    {
        var report = SimulatedCluster.Of(() => new SessionMachine(new ChainMachine()))
            .WithClients(8, Command)
            .WithQueries(static _ => [], percent: 20)
            .WithInvariant("few sessions", machine => machine.SessionCount <= 40)
            .WithNodes(3)
            .WithSeconds(8)
            .WithCancellation(TestContext.Current.CancellationToken)
            .Run(seeds: 8);
        report.ThrowIfViolated();
        Assert.True(report.Counts.Acknowledged > 800, $"{report}");
        Assert.True(report.Counts.Storage.Installed > 0, $"{report}");
    }

    // Sessions that there are and others, copies, numbers that are behind and ahead, and what is no command.
    private static byte[] Command(RandomSource random)
    {
        var body = ChainCommand.Encode(random.NextUInt64(), 0);
        if (random.OneIn(3))
        {
            return SessionCommand.EncodeOpen(new SessionOptions
            {
                SessionsMax = 20 + random.NextBelow(20), CommandsPerSessionMax = 1 + random.NextBelow(6),
                AnswerBytesMax = 1024 + random.NextBelow(4096), IdleEntriesMax = 100 + random.NextBelow(400),
            });
        }

        var sequence = 1 + random.NextBelow(8UL);
        return random.NextBelow(10) switch
        {
            0 => SessionCommand.EncodePlain(body),
            1 => "raw"u8.ToArray(),
            _ => SessionCommand.Encode(
                1 + random.NextBelow(300UL), sequence, random.OneIn(3) ? random.NextBelow(sequence) : 0,
                body),
        };
    }
}
