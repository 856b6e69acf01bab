using Microsoft.AspNetCore.Routing;
using V1 = Grpc.Reflection.V1;
using V1Alpha = Grpc.Reflection.V1Alpha;

namespace Ikada.Server.Tests;

public sealed class ReflectionTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private static readonly string[] Served =
    [
        "etcdserverpb.Auth", "etcdserverpb.Cluster", "etcdserverpb.KV", "etcdserverpb.Lease",
        "etcdserverpb.Maintenance", "etcdserverpb.Watch", "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection",
        "ikada.Migration",
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Both_versions_tell_what_is_served_and_with_which_messages()
    {
        using var old = new V1Alpha.ServerReflection.ServerReflectionClient(server.Invoker)
            .ServerReflectionInfo(cancellationToken: Token);
        await old.RequestStream.WriteAsync(new V1Alpha.ServerReflectionRequest { ListServices = "" }, Token);
        Assert.True(await old.ResponseStream.MoveNext(Token));
        Assert.Equal(
            Served,
            old.ResponseStream.Current.ListServicesResponse.Service.Select(one => one.Name).Order());

        using var call = new V1.ServerReflection.ServerReflectionClient(server.Invoker)
            .ServerReflectionInfo(cancellationToken: Token);
        await call.RequestStream.WriteAsync(
            new V1.ServerReflectionRequest { FileContainingSymbol = "etcdserverpb.Watch" }, Token);
        Assert.True(await call.ResponseStream.MoveNext(Token));
        Assert.NotEmpty(call.ResponseStream.Current.FileDescriptorResponse.FileDescriptorProto);
    }

    [Fact]
    public void Everything_that_is_served_is_told() => Assert.Equal(
        Served,
        server.Routes.OfType<RouteEndpoint>()
            .Select(route => route.RoutePattern.RawText!.Split('/'))
            .Where(parts => parts.Length == 3 && parts[1].Contains('.', StringComparison.Ordinal))
            .Select(parts => parts[1]).Distinct().Order(StringComparer.Ordinal));
}
