using System.Net;
using Grpc.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Ikada.Server;

/// <summary>The clients' side of a server: Kestrel with the etcd services and the HTTP pages over a
/// replicated store.</summary>
internal sealed class ClientEndpoints : IAsyncDisposable
{
    // etcd has no limit here; Kestrel's default of 100 starves clients with many watches on one connection.
    private const int StreamsPerConnectionMax = int.MaxValue;
    private const int StreamWindowBytes = 1 << 20;
    private const int ConnectionWindowBytes = 4 << 20;

    /// <summary>How long a stop lets calls under way go on. Streams are told at once and end; on a busy
    /// machine that takes its time.</summary>
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(5);

    /// <summary>For ever. Clients keep idle connections: Kestrel would close them after 130 s. What it calls
    /// infinite overflows where it counts in nanoseconds, and each idle connection was closed within a
    /// second.</summary>
    private static readonly TimeSpan IdleTimeMax = TimeSpan.FromDays(3650);

    private readonly WebApplication _application;
    private readonly OpenStreams _streams;

    private ClientEndpoints(WebApplication application, IReadOnlyList<IPEndPoint> addresses)
    {
        _application = application;
        _streams = application.Services.GetRequiredService<OpenStreams>();
        Addresses = addresses;
    }

    /// <summary>Where it really listens.</summary>
    public IReadOnlyList<IPEndPoint> Addresses { get; }

    /// <summary>What it serves, by route.</summary>
    internal IEnumerable<Endpoint> Routes => ((IEndpointRouteBuilder)_application).DataSources
        .SelectMany(source => source.Endpoints);

    /// <summary>Binds and starts. An address in use gives an <see cref="IOException"/> that names
    /// it.</summary>
    public static async Task<ClientEndpoints> StartAsync(
        ServerOptions options,
        ServerIdentity identity,
        IReplicatedStore store,
        ILoggerFactory loggers,
        MetricCollector metrics,
        CancellationToken cancellation)
    {
        SetSwitches();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = DrainTime);
        builder.Services.AddSingleton<IHostLifetime, PassiveLifetime>();
        builder.Services.AddSingleton<IConnectionListenerFactory, SniffingListenerFactory>();
        builder.Services.AddSingleton(options).AddSingleton(identity).AddSingleton(store);
        builder.Services.AddSingleton<StoreCalls>().AddSingleton<Quota>().AddSingleton<Alarms>()
            .AddSingleton<HealthPages>().AddSingleton<KvService>().AddSingleton<HealthService>()
            .AddSingleton<MaintenanceService>().AddSingleton<ClusterService>()
            .AddSingleton<MemberChanges>().AddSingleton<AuthService>().AddSingleton<MigrationService>()
            .AddSingleton<WatchPump>().AddSingleton<WatchResponses>().AddSingleton<WatchService>()
            .AddHostedService<AutoCompaction>()
            .AddSingleton<OpenStreams>().AddSingleton<LeaderChanges>().AddSingleton<LeaderLoss>()
            .AddHostedService(services => services.GetRequiredService<LeaderLoss>())
            .AddHostedService<CompactionRemover>()
            .AddHostedService<CorruptAlarm>().AddHostedService<QuotaAlarm>()
            .AddSingleton(TimeProvider.System).AddSingleton<LeaseClock>().AddSingleton<LeaseRenewals>()
            .AddSingleton<LeaseService>().AddHostedService<LeaseKeeper>()
            .AddSingleton(metrics).AddSingleton<ClientRequests>().AddSingleton<GrpcMeter>()
            .AddSingleton<Admission>().AddSingleton<UnaryParts>()
            .AddSingleton<EtcdMetrics>().AddSingleton<MetricPage>()
            .AddSingleton(new ReflectionServiceImpl(ServedServices.Descriptors))
            .AddSingleton(new ReflectionV1ServiceImpl(ServedServices.Descriptors));
        builder.Services.AddRouting();
        builder.Services.AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = ReceiveLimit.BytesMax(options);
            grpc.MaxSendMessageSize = null;
            grpc.IgnoreUnknownServices = true;
            grpc.Interceptors.Add<Admission>();
            grpc.Interceptors.Add<GrpcMeter>();
        });
        IReadOnlyList<Uri> urls = [.. options.ListenClientUrls, .. options.ListenMetricsUrls];
        var addresses = ListenAddresses.Resolve(urls);
        var tls = options.ClientTls is { } files ? new ClientTls(files, loggers) : null;
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => Configure(kestrel, urls, addresses, tls));

        var application = builder.Build();
        Map(application);
        await application.StartAsync(cancellation);
        return new ClientEndpoints(
            application, BoundAddresses(application, addresses, options.ListenClientUrls.Count));
    }

    /// <summary>Ends the streams, stops accepting, lets calls under way end for a while, then
    /// closes.</summary>
    public async Task StopAsync(CancellationToken cancellation)
    {
        await EndStreamsAsync(cancellation);
        await _application.StopAsync(cancellation);
    }

    /// <summary>The first step of <see cref="StopAsync"/>.</summary>
    internal Task EndStreamsAsync(CancellationToken cancellation) => _streams.EndAsync(cancellation);

    public async ValueTask DisposeAsync()
    {
        await _streams.EndAsync(CancellationToken.None);
        await _application.DisposeAsync();
    }

    internal static void AddLogging(ILoggingBuilder logging, LogLevel level)
    {
        logging.SetMinimumLevel(level);
        logging.AddFilter("Microsoft", LogLevel.Warning);
        // With its log it makes an activity for each request, which nobody listens to.
        logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        logging.AddFilter("Grpc", LogLevel.Warning);
        // It logs what it also throws: whoever started the server says it once.
        logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.ColorBehavior = LoggerColorBehavior.Disabled;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
        });
        logging.Services.Configure<ConsoleLoggerOptions>(console =>
            console.LogToStandardErrorThreshold = LogLevel.Trace);
    }

    private static void Map(WebApplication application)
    {
        application.UseMiddleware<MetricsPorts>();
        application.UseMiddleware<UnaryCalls>();
        application.UseMiddleware<ReceiveLimit>();
        application.UseRouting();
        application.MapGrpcService<KvService>();
        application.MapGrpcService<MaintenanceService>();
        application.MapGrpcService<ClusterService>();
        application.MapGrpcService<WatchService>();
        application.MapGrpcService<HealthService>();
        application.MapGrpcService<LeaseService>();
        application.MapGrpcService<AuthService>();
        application.MapGrpcService<MigrationService>();
        application.MapGrpcService<ReflectionServiceImpl>();
        application.MapGrpcService<ReflectionV1ServiceImpl>();
        HttpPages.Map(application);
        application.MapFallback("/{**path}", GrpcAnswers.UnknownMethod);
    }

    private static void Configure(
        KestrelServerOptions kestrel,
        IReadOnlyList<Uri> urls,
        IReadOnlyList<IPEndPoint> addresses,
        ClientTls? tls)
    {
        kestrel.AddServerHeader = false;
        kestrel.RequestHeaderEncodingSelector = static name =>
            name == Admission.VersionHeader ? System.Text.Encoding.Latin1 : null;
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.Limits.KeepAliveTimeout = IdleTimeMax;
        kestrel.Limits.Http2.MaxStreamsPerConnection = StreamsPerConnectionMax;
        kestrel.Limits.Http2.InitialStreamWindowSize = StreamWindowBytes;
        kestrel.Limits.Http2.InitialConnectionWindowSize = ConnectionWindowBytes;
        for (var i = 0; i < addresses.Count; i++)
        {
            if (urls[i].Scheme == Uri.UriSchemeHttps)
            {
                kestrel.Listen(addresses[i], tls!.Use);
                continue;
            }

            var port = new SniffedPort(addresses[i]);
            kestrel.Listen(port.Http2, listen =>
            {
                listen.Protocols = HttpProtocols.Http2;
                AuthorityMending.Use(listen);
            });
            kestrel.Listen(port.Http1, listen => listen.Protocols = HttpProtocols.Http1);
        }
    }

    private static void SetSwitches()
    {
        // Cancelling many watches at once looks like a reset flood to Kestrel, which would close the
        // connection.
        AppContext.SetData("Microsoft.AspNetCore.Server.Kestrel.Http2.MaxEnhanceYourCalmCount", int.MaxValue);
        // A client that closes its side of a connection is answered by the same, as Go does, not by a reset.
        AppContext.SetSwitch("Microsoft.AspNetCore.Server.Kestrel.FinOnError", true);
    }

    private static List<IPEndPoint> BoundAddresses(
        WebApplication application, IReadOnlyList<IPEndPoint> asked, int count)
    {
        var bound = new List<IPEndPoint>();
        foreach (var url in application.Urls)
        {
            if (Uri.TryCreate(url, UriKind.Absolute, out var uri)
                && IPAddress.TryParse(uri.Host.Trim('[', ']'), out var ip))
            {
                bound.Add(new IPEndPoint(ip, uri.Port));
            }
        }

        return bound.Count == asked.Count ? bound[..count] : [.. asked.Take(count)];
    }

    /// <summary>Whoever runs the server watches for signals.</summary>
    private sealed class PassiveLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
