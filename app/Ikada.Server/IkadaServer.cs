using System.Net;
using Ikada.KeyValue;
using Ikada.Log;
using Ikada.Node;
using Ikada.Node.Disk;
using Ikada.Primitives;
using Ikada.Transport;
using Microsoft.Extensions.Logging;

namespace Ikada.Server;

/// <summary>One member of a cluster: data directory, key-value store, node, peers and clients.</summary>
public sealed class IkadaServer : IAsyncDisposable
{
    private readonly ILoggerFactory _loggers;
    private readonly FileDisk _disk;
    private readonly ClusterNode _node;
    private readonly StoreEngine _engine;
    private readonly ClientEndpoints _endpoints;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _publishing;
    private readonly MetricCollector _metrics;
    private readonly ILogger _logger;
    private Task? _stopping;

    private IkadaServer(Parts parts, ServerOptions options, ServerIdentity identity)
    {
        _loggers = parts.Loggers;
        _disk = parts.Disk!;
        _node = parts.Node!;
        _engine = parts.Engine!;
        _endpoints = parts.Endpoints!;
        _metrics = parts.Metrics;
        _logger = _loggers.CreateLogger("Ikada.Server");
        Identity = identity;
        _publishing = new MemberPublisher(parts.Store!, identity, options, _logger).RunAsync(_stop.Token);
        Completion = WatchAsync();
    }

    /// <summary>Who it is.</summary>
    public ServerIdentity Identity { get; }

    /// <summary>Where clients are served.</summary>
    public IReadOnlyList<IPEndPoint> ClientAddresses => _endpoints.Addresses;

    /// <summary>Ends when the node has stopped; faulted with the reason where it had to stop by
    /// itself.</summary>
    public Task Completion { get; }

    /// <summary>Opens the data directory and starts to serve. Does not wait for a leader.</summary>
    /// <exception cref="ServerStartException">What is wrong, with its value and the remedy; nothing is left
    /// running.</exception>
    public static async Task<IkadaServer> StartAsync(ServerOptions options, CancellationToken cancellation)
    {
        if (options.Validate() is { } wrong)
        {
            throw new ServerStartException(wrong);
        }

        var parts = new Parts(LoggerFactory.Create(logging =>
            ClientEndpoints.AddLogging(logging, options.LogLevel)));
        try
        {
            var identity = await parts.StartAsync(options, cancellation);
            return new IkadaServer(parts, options, identity);
        }
        catch (Exception failure)
        {
            await parts.DisposeAsync();
            if (IsOperating(failure))
            {
                throw new ServerStartException(failure.Message, failure);
            }

            throw;
        }
    }

    /// <summary>Takes no more requests, lets those under way end, seals the log and closes.</summary>
    public Task StopAsync(CancellationToken cancellation) => _stopping ??= StopOnceAsync(cancellation);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await StopAsync(CancellationToken.None);

    private async Task StopOnceAsync(CancellationToken cancellation)
    {
        await _stop.CancelAsync();
        await _endpoints.StopAsync(cancellation);
        await _endpoints.DisposeAsync();
        await _publishing;
        _engine.GiveUpOnSpace();
        await _node.DisposeAsync();
        _engine.Dispose();
        _disk.Dispose();
        _metrics.Dispose();
        ServerLog.Stopped(_logger);
        _loggers.Dispose();
        _stop.Dispose();
    }

    private async Task WatchAsync()
    {
        try
        {
            await _node.Node.Completion;
        }
        catch (NodeStoppedException reason)
        {
            ServerLog.NodeFailed(_logger, reason.Message);
            throw;
        }
    }

    private static bool IsOperating(Exception failure) =>
        failure is LogOpenException or DiskException or IOException or RaftJoinException
        or ArgumentException or UnauthorizedAccessException or System.Net.Sockets.SocketException;

    /// <summary>What has been started so far, so that a failure half-way takes all of it down
    /// again.</summary>
    private sealed class Parts(ILoggerFactory loggers) : IAsyncDisposable
    {
        private PeerTlsOptions? _peerTls;

        public StoreEngine? Engine { get; private set; }

        public ILoggerFactory Loggers => loggers;

        /// <summary>Hears what is measured from the start on, the opening of the log as well.</summary>
        public MetricCollector Metrics { get; } = new();

        public FileDisk? Disk { get; private set; }

        public ClusterNode? Node { get; private set; }

        public IReplicatedStore? Store { get; private set; }

        public ClientEndpoints? Endpoints { get; private set; }

        public async Task<ServerIdentity> StartAsync(ServerOptions options, CancellationToken cancellation)
        {
            // Before anything is made on disk.
            ListenAddresses.Resolve(options.ListenClientUrls);
            _peerTls = NodeSettings.TlsOf(options.PeerTls);
            Disk = new FileDisk(options.DataDirectory);
            var opening = new ServerDirectory(options, Disk, _peerTls, loggers);
            var directory = await opening.OpenAsync(cancellation);
            var identity = new ServerIdentity(directory.Cluster, directory.Node);
            ServerLog.Starts(
                loggers.CreateLogger("Ikada.Server"),
                options.Name,
                identity.Member.Value,
                identity.Cluster.Value,
                options.DataDirectory);
            Engine = new StoreEngine(options, loggers.CreateLogger("Ikada.Server"));
            var machine = Engine.Open(directory);
            try
            {
                Node = await StartNodeAsync(options, opening, machine, directory, cancellation);
            }
            catch (LogLostException lost) when (opening.Others.Count > 0)
            {
                // The others have what was acknowledged; they take it back as a wiped member. A cluster of
                // one has nobody to ask: there the files are all there is.
                ServerLog.StartsOver(loggers.CreateLogger("Ikada.Server"), lost.Message);
                directory = NodeDirectory.StartOver(Disk, Entropy.NewRandom());
                machine = Engine.Open(directory);
                Node = await StartNodeAsync(options, opening, machine, directory, cancellation);
            }

            Store = new NodeStore(Node, machine);
            Endpoints = await ClientEndpoints.StartAsync(
                options, identity, Store, loggers, Metrics, cancellation);
            foreach (var address in Endpoints.Addresses)
            {
                ServerLog.ServesClients(loggers.CreateLogger("Ikada.Server"), address.ToString());
            }

            return identity;
        }

        private Task<ClusterNode> StartNodeAsync(
            ServerOptions options,
            ServerDirectory opening,
            KeyValueStore machine,
            DirectoryIdentity directory,
            CancellationToken cancellation)
        {
            var node = NodeSettings.NodeOf(options);
            var joins = options.InitialClusterState == ClusterState.Existing;
            return ClusterNode.StartAsync(
                new ClusterNodeOptions
                {
                    Name = options.Name,
                    Address = ServerOptions.Text(options.AdvertisePeerUrls[0]),
                    Directory = directory,
                    Node = node,
                    Transport = NodeSettings.TransportOf(options, directory, node, _peerTls),
                    Founders = joins ? Membership.Empty : NodeSettings.MembershipOf(options),
                    Join = joins ? opening.Others : [],
                    Told = opening.Told,
                },
                machine,
                Disk!,
                loggers,
                cancellation);
        }

        public async ValueTask DisposeAsync()
        {
            if (Endpoints is not null)
            {
                await Endpoints.DisposeAsync();
            }

            if (Node is not null)
            {
                await Node.DisposeAsync();
            }

            Engine?.Dispose();
            Disk?.Dispose();
            Metrics.Dispose();
            loggers.Dispose();
        }
    }
}
