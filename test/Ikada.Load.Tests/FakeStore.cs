using System.Net;
using Google.Protobuf;
using Grpc.Core;
using Ikada.Api.Etcd;
using Ikada.Api.Mvcc;
using Ikada.Load.Http2;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Ikada.Load.Tests;

/// <summary>A server on Kestrel whose answers the test chooses.</summary>
internal sealed class FakeStore : IAsyncDisposable
{
    private readonly WebApplication _server;

    private FakeStore(WebApplication server, GrpcTarget target) => (_server, Target) = (server, target);

    public GrpcTarget Target { get; }

    /// <summary>Starts it.</summary>
    /// <param name="put">Answers a put: with the revision that the answer has.</param>
    public static async Task<FakeStore> StartAsync(Func<PutRequest, Task<long>> put)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(new Store(put));
        builder.WebHost.ConfigureKestrel(options =>
            options.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        var server = builder.Build();
        server.MapGrpcService<Store>();
        await server.StartAsync(TestContext.Current.CancellationToken);
        var addresses = server.Services.GetRequiredService<IServer>().Features
            .Get<IServerAddressesFeature>()!.Addresses;
        return new FakeStore(server, new GrpcTarget("127.0.0.1", new Uri(addresses.First()).Port));
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private sealed class Store(Func<PutRequest, Task<long>> put) : KV.KVBase
    {
        public override async Task<PutResponse> Put(PutRequest request, ServerCallContext context) => new()
        {
            Header = new ResponseHeader { Revision = await put(request) },
            PrevKv = new KeyValue { Value = ByteString.CopyFrom(new byte[request.Value.Length]) },
        };
    }
}
