using System.CommandLine;
using System.Globalization;

namespace Ikada.Cli.Migrating;

/// <summary><c>ikada migrate</c>: a live etcd into an empty Ikada cluster.</summary>
internal static class MigrateCommand
{
    public const string Name = "migrate";

    public static Command Create()
    {
        var from = new MigrateSide("--from", "Servers of the etcd to migrate from, HOST:PORT with commas.");
        var to = new MigrateSide("--to", "Servers of the Ikada cluster to fill; it must be empty.");
        var once = new Option<bool>("--once")
        {
            Description = "Cut over as soon as the target is level, without waiting for Ctrl-C.",
        };
        var abandon = new Option<bool>("--abandon")
        {
            Description = "Give up a migration that was not cut over: the target is empty again.",
        };
        var command = new Command(
            Name, "Migrate a running etcd into an empty cluster: revisions, leases and all.")
        {
            once, abandon,
        };
        from.AddTo(command);
        to.AddTo(command);
        command.SetAction(async (parsed, _) =>
        {
            if (!parsed.GetValue(abandon))
            {
                using var source = from.Connect(parsed);
                using var target = to.Connect(parsed);
                return await RunAsync(source, target, parsed.GetValue(once));
            }

            if (from.IsNamed(parsed))
            {
                throw CliException.BadUsage(
                    "--abandon takes no --from: it empties the cluster that --to names");
            }

            using var given = to.Connect(parsed);
            return await AbandonAsync(given);
        });
        return command;
    }

    private static async Task<int> RunAsync(PatientCluster source, PatientCluster target, bool once)
    {
        using var signals = MigrateSignals.Listen();
        MigrateReport report;
        try
        {
            report = await MigrateBars.ShowAsync(display => new MigrateRun(
                new SourceStore(source), new TargetStore(target), display, once, signals).RunAsync());
        }
        catch (OperationCanceledException) when (signals.Stop.IsCancellationRequested)
        {
            throw new CliException(
                "migrate: stopped before the cut-over; the same command goes on, "
                + $"'ikada migrate --abandon --to {target.Names}' gives it up");
        }

        return Tell(report, target.Names);
    }

    private static int Tell(MigrateReport report, string target)
    {
        var write = Console.Out;
        foreach (var difference in report.Told)
        {
            write.WriteLine(difference);
        }

        if (report.Differences > 0)
        {
            throw new CliException(
                $"migrate: {report.Differences} differences at revision {report.Verified}; {target} was not "
                + $"opened: 'ikada migrate --abandon --to {target}' empties it");
        }

        write.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"verified equal at revision {report.Verified}: {report.Keys} keys, {report.Leases} leases"));
        write.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"opened at revision {report.Opened}: {report.Copied} keys copied, {report.Followed} revisions "
            + $"followed, {report.Elapsed.TotalSeconds:0.0} s"));
        if (report.Lost > 0)
        {
            Console.Error.WriteLine(
                $"ikada: warning: the source has made {report.Lost} revisions since, which the new cluster "
                + "does not have: its writers were not stopped before the cut-over");
        }

        return 0;
    }

    private static async Task<int> AbandonAsync(PatientCluster target)
    {
        using var signals = MigrateSignals.Listen();
        var store = new TargetStore(target);
        var status = await store.StatusAsync(signals.Stop);
        if (status.Phase is Api.Migrating.MigrationPhase.None or Api.Migrating.MigrationPhase.Done)
        {
            throw new CliException(
                $"migrate: --to {target.Names} has no migration under way that could be given up");
        }

        await store.ClearAsync(signals.Stop);
        Console.Out.WriteLine($"{target.Names} is empty again");
        return 0;
    }
}
