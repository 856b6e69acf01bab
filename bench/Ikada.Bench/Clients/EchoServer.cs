using System.Net;
using Grpc.Core;
using Ikada.Api.Etcd;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Ikada.Bench.Clients;

/// <summary>A gRPC server on Kestrel whose put does nothing: what no server on this runtime can
/// beat.</summary>
internal static class EchoServer
{
    public static async Task RunAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc();
        builder.WebHost.ConfigureKestrel(options =>
            options.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        await using var server = builder.Build();
        server.MapGrpcService<EmptyStore>();
        await server.StartAsync();
        var addresses = server.Services.GetRequiredService<IServer>().Features
            .Get<IServerAddressesFeature>()!.Addresses;
        Console.WriteLine(new Uri(addresses.First()).Port);
        await server.WaitForShutdownAsync();
    }

    private sealed class EmptyStore : KV.KVBase
    {
        public override Task<PutResponse> Put(PutRequest request, ServerCallContext context) =>
            Task.FromResult(new PutResponse { Header = new ResponseHeader { Revision = 1 } });
    }
}
