using System.Runtime.InteropServices;
using Ikada.Log;
using Ikada.Node;
using Ikada.Server;
using Microsoft.Extensions.Logging;

namespace Ikada.Cli.Serving;

/// <summary>Runs a server until a signal or its own end.</summary>
internal static class ServerHost
{
    private const int SignalledTwice = 130;

    public static async Task<int> RunAsync(ServeSettings settings)
    {
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var interrupt =
            PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Asked(context, stop));
        using var terminate =
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Asked(context, stop));
        var socket = Environment.GetEnvironmentVariable(Systemd.SocketVariable);
        await using var server = await StartAsync(settings);
        Tell(Systemd.Notify(socket, "READY=1"));

        var ended = await Task.WhenAny(stop.Task, server.Completion);
        if (ended == stop.Task)
        {
            Tell(Systemd.Notify(socket, "STOPPING=1"));
            await server.StopAsync(CancellationToken.None);
            return 0;
        }

        try
        {
            await server.Completion;
        }
        catch (NodeStoppedException reason)
        {
            throw new CliException($"the server stopped: {reason.Message}");
        }

        return 0;
    }

    private static async Task<IkadaServer> StartAsync(ServeSettings settings)
    {
        try
        {
            return await IkadaServer.StartAsync(Options(settings), CancellationToken.None);
        }
        catch (ServerStartException error)
        {
            var message = error.Message.ReplaceLineEndings(" ");
            throw new CliException(message.Contains(settings.DataDirectory, StringComparison.Ordinal)
                || error.InnerException is not LogOpenException
                ? message
                : $"--data-dir {settings.DataDirectory}: {message}");
        }
    }

    // The first signal asks to stop; whoever sends another does not want to wait.
    private static void Asked(PosixSignalContext context, TaskCompletionSource stop)
    {
        context.Cancel = true;
        if (!stop.TrySetResult())
        {
            Environment.Exit(SignalledTwice);
        }
    }

    private static void Tell(string? problem)
    {
        if (problem is not null)
        {
            Console.Error.WriteLine($"ikada: warning: systemd cannot be told: {problem}");
        }
    }

    internal static ServerOptions Options(ServeSettings settings) => new()
    {
        Name = settings.Name,
        DataDirectory = settings.DataDirectory,
        ListenClientUrls = Uris(settings.ListenClientUrls),
        ListenMetricsUrls = Uris(settings.ListenMetricsUrls),
        StorageEngine = settings.StorageEngine,
        AutoCompactionPeriod = settings.AutoCompactionPeriod,
        AutoCompactionRevisions = settings.AutoCompactionRevisions,
        ClientTls = settings.ClientTls,
        QuotaBackendBytes = settings.QuotaBackendBytes,
        AdvertiseClientUrls = Uris(settings.AdvertiseClientUrls),
        ListenPeerUrls = Uris(settings.ListenPeerUrls),
        PeerTls = settings.PeerTls,
        AdvertisePeerUrls = Uris(settings.AdvertisePeerUrls),
        InitialCluster = settings.InitialCluster
            .Select(member => new Server.InitialMember(member.Name, Uris(member.PeerUrls))).ToList(),
        InitialIdentityIsGiven = settings.InitialIdentityIsGiven,
        InitialClusterToken = settings.InitialClusterToken,
        InitialClusterState = settings.JoinsExisting ? ClusterState.Existing : ClusterState.New,
        StrictReconfigCheck = settings.StrictReconfigCheck,
        HeartbeatInterval = settings.HeartbeatInterval,
        ElectionTimeout = settings.ElectionTimeout,
        SnapshotEntries = settings.SnapshotEntries,
        SnapshotCatchUpEntries = settings.SnapshotCatchUpEntries,
        SnapshotCatchUpBytes = settings.SnapshotCatchUpBytes,
        SnapshotBytesPerSecond = settings.SnapshotBytesPerSecond,
        WatchProgressNotifyInterval = settings.WatchProgressNotifyInterval,
        MaxRequestBytes = settings.MaxRequestBytes,
        MaxTxnOps = settings.MaxTxnOps,
        CompactionBatchLimit = settings.CompactionBatchLimit,
        CompactionSleepInterval = settings.CompactionSleepInterval,
        ComparesStates = settings.ComparesStates,
        ScrubInterval = settings.ScrubInterval,
        LogLevel = settings.LogLevel switch
        {
            "debug" => LogLevel.Debug,
            "info" => LogLevel.Information,
            "warn" => LogLevel.Warning,
            "error" => LogLevel.Error,
            _ => LogLevel.Critical,
        },
    };

    private static List<Uri> Uris(IEnumerable<EtcdUrl> urls) =>
        urls.Select(url => new Uri(url.ToString())).ToList();
}
