using System.Net;
using System.Net.Sockets;
using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Ikada.Api.Etcd;
using Ikada.KeyValue;
using Ikada.Primitives;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ikada.Server.Tests;

/// <summary>The clients' side of a server over a fake store, on a free port.</summary>
public sealed class ServerFixture : IAsyncLifetime
{
    private readonly MetricCollector _metrics = new();
    private ClientEndpoints? _endpoints;
    private GrpcChannel? _channel;

    internal const int MaxRequestBytes = 1536 * 1024;

    /// <summary>Set before the start.</summary>
    internal FakeStore Store { get; init; } = new();

    /// <summary>Set before the start.</summary>
    internal ServerOptions Options { get; init; } = new()
    {
        Name = "n1",
        DataDirectory = "unused",
        ListenClientUrls = [new Uri("http://127.0.0.1:0")],
        RequestTimeout = TimeSpan.FromMilliseconds(500),
        ElectionTimeout = TimeSpan.FromMilliseconds(500),
        MaxRequestBytes = MaxRequestBytes,
        WatchProgressNotifyInterval = TimeSpan.FromMilliseconds(100),
        WatchLimits = new WatchLimits { StreamPendingBytesMax = 256 << 10 },
    };

    internal IPEndPoint Address => _endpoints!.Addresses[0];

    internal IEnumerable<Microsoft.AspNetCore.Http.Endpoint> Routes => _endpoints!.Routes;

    internal CallInvoker Invoker => _channel!.CreateCallInvoker();

    internal KV.KVClient Kv => new(_channel);

    internal WatchClient Watch(params (string Name, string Value)[] metadata) => new(_channel!, metadata);

    /// <summary>The first step of a stop.</summary>
    internal Task EndStreamsAsync() => _endpoints!.EndStreamsAsync(TestContext.Current.CancellationToken);

    /// <summary>Stops as a server does that is asked to.</summary>
    internal Task StopAsync() => _endpoints!.StopAsync(TestContext.Current.CancellationToken);

    public async ValueTask InitializeAsync()
    {
        var identity = new ServerIdentity(new ClusterId(0xC1), FakeStore.Self);
        _endpoints = await ClientEndpoints.StartAsync(
            Options,
            identity,
            Store,
            NullLoggerFactory.Instance,
            _metrics,
            TestContext.Current.CancellationToken);
        _channel = Connect();
    }

    public async ValueTask DisposeAsync()
    {
        _channel?.Dispose();
        if (_endpoints is not null)
        {
            await _endpoints.DisposeAsync();
        }

        _metrics.Dispose();
    }

    /// <summary>A channel that keeps to one connection.</summary>
    internal GrpcChannel Connect() => GrpcChannel.ForAddress($"http://{Address}", new GrpcChannelOptions
    {
        HttpHandler = new SocketsHttpHandler { EnableMultipleHttp2Connections = false },
        DisposeHttpClient = true,
        MaxReceiveMessageSize = null,
    });

    /// <summary>Sends raw bytes, the pieces apart in time, and gives all that comes back until the server
    /// closes.</summary>
    internal async Task<string> RawAsync(params string[] pieces)
    {
        using var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(Address, TestContext.Current.CancellationToken);
        var stream = client.GetStream();
        foreach (var piece in pieces)
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(piece), TestContext.Current.CancellationToken);
            await Task.Delay(pieces.Length > 1 ? 30 : 0, TestContext.Current.CancellationToken);
        }

        using var reader = new StreamReader(stream, Encoding.ASCII);
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
    }

    internal Task<string> GetAsync(string path) =>
        RawAsync($"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

    internal static ByteString Bytes(string text) => ByteString.CopyFromUtf8(text);

    internal static async Task RefusedAsync(StatusCode code, string message, Func<Task> call)
    {
        var refusal = await Assert.ThrowsAsync<RpcException>(call);
        Assert.True(
            (code, message) == (refusal.StatusCode, refusal.Status.Detail),
            $"expected {code}, {message}; answered {refusal}");
    }
}
