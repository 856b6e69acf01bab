using System.CommandLine;
using Grpc.Core;
using Ikada.Cli.Processes;

namespace Ikada.Cli.Demo;

internal static class DemoCommand
{
    private const int SecondsMax = 3600;

    public static Command Create()
    {
        var plain = new Option<bool>("--plain")
        {
            Description = "Print lines instead of a table that changes in place.",
        };
        var keep = new Option<bool>("--keep")
        {
            Description = "Leave the cluster running, and say how to talk to it.",
        };
        var seconds = new Option<int>("--seconds")
        {
            Description = "How long to write, once before the leader is killed and once after.",
            HelpName = "N",
            DefaultValueFactory = _ => 3,
        };
        var command = new Command(
            "demo", "Start three servers, write, kill the leader, and show that nothing is lost.")
        {
            plain, keep, seconds,
        };
        command.SetAction((parsed, cancellation) =>
        {
            var writing = parsed.GetValue(seconds);
            if (writing is < 1 or > SecondsMax)
            {
                throw CliException.BadUsage($"--seconds: '{writing}' is not from 1 to {SecondsMax}");
            }

            return RunAsync(
                parsed.GetValue(plain) || Console.IsOutputRedirected,
                parsed.GetValue(keep),
                TimeSpan.FromSeconds(writing),
                cancellation);
        });
        return command;
    }

    private static async Task<int> RunAsync(
        bool plain, bool keep, TimeSpan writing, CancellationToken cancellation)
    {
        var program =
            Environment.ProcessPath ?? throw new CliException("the path of this program is unknown");
        // The random token keeps a server left over from another demonstration on the same ports out of this
        // one.
        await using var cluster =
            new LocalCluster(program, 3, $"demo-{Guid.NewGuid():N}", "--log-level", "info");
        var ledger = new Ledger();
        using var probe = new StateProbe();
        var display = new DemoDisplay(cluster, ledger, probe, plain);
        using var run = new DemoRun(cluster, ledger, display, probe, writing);
        try
        {
            var good = await display.ShowAsync(() => run.RunAsync(cancellation));
            foreach (var line in run.Summary)
            {
                Console.Out.WriteLine(line);
            }

            if (!good)
            {
                throw new CliException("the cluster lost writes or its nodes disagree");
            }
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync(
                "ikada: interrupted; the servers are stopped, their directory is removed");
            return CliException.Failure;
        }
        catch (Exception error) when (error is CliException or RpcException)
        {
            cluster.KeepsDirectory = true;
            throw new CliException($"demo: {error.Message}; logs and data are in {cluster.Directory}");
        }

        if (keep)
        {
            cluster.KeepsRunning = true;
            Console.Out.WriteLine(
                $"the cluster runs on: etcdctl --endpoints={cluster.Endpoints} get demo/ --prefix");
            Console.Out.WriteLine(
                $"stop it: kill {string.Join(' ', cluster.Members.Select(member => member.ProcessId))}; "
                + $"its data is in {cluster.Directory}");
        }

        return 0;
    }
}
