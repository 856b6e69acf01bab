using System.Net;
using Grpc.Core;
using Ikada.Api.Etcd;

namespace Ikada.Server.Tests;

/// <summary>Calls of KV, which do without the gRPC framework, behave as with it.</summary>
public sealed class UnaryCallTests : IAsyncLifetime
{
    private static readonly Marshaller<byte[]> Raw = Marshallers.Create(bytes => bytes, bytes => bytes);
    private readonly ServerFixture _server = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task The_clients_deadline_is_the_servers_too()
    {
        _server.Store.WithoutLeader = true;
        // By hand: gRPC's client gives up at its deadline whatever the server does.
        using var http = new HttpClient { DefaultRequestVersion = HttpVersion.Version20 };
        using var call = new HttpRequestMessage(
            HttpMethod.Post, $"http://{_server.Address}/etcdserverpb.KV/Put")
        {
            Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent([0, 0, 0, 0, 3, 0x0A, 1, (byte)'k']),
        };
        call.Content.Headers.ContentType = new("application/grpc");
        call.Headers.Add("grpc-timeout", "50m");
        using var answer = await http.SendAsync(call, Token);
        Assert.Equal("4", Assert.Single(answer.Headers.GetValues("grpc-status")));
        Assert.Equal("context deadline exceeded", Assert.Single(answer.Headers.GetValues("grpc-message")));
    }

    [Fact]
    public async Task A_compressed_message_is_read()
    {
        var value = new string('v', 10_000);
        await _server.Kv.PutAsync(
            new PutRequest { Key = ServerFixture.Bytes("k"), Value = ServerFixture.Bytes(value) },
            new Metadata { { "grpc-internal-encoding-request", "gzip" } },
            cancellationToken: Token);
        var read = await _server.Kv.RangeAsync(
            new RangeRequest { Key = ServerFixture.Bytes("k") }, cancellationToken: Token);
        Assert.Equal(value, Assert.Single(read.Kvs).Value.ToStringUtf8());
    }

    [Fact]
    public async Task Bytes_that_are_no_message_are_refused()
    {
        var refusal = await Assert.ThrowsAsync<RpcException>(() => _server.Invoker.AsyncUnaryCall(
            new Method<byte[], byte[]>(MethodType.Unary, "etcdserverpb.KV", "Put", Raw, Raw),
            null,
            new CallOptions(cancellationToken: Token),
            [0xFF]).ResponseAsync);
        Assert.Equal(StatusCode.Internal, refusal.StatusCode);
        Assert.StartsWith(
            "grpc: error unmarshalling request: ", refusal.Status.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("7S", 7000)]
    [InlineData("50m", 50)]
    [InlineData("2000u", 2)]
    [InlineData("3000000n", 3)]
    [InlineData("1M", 60_000)]
    [InlineData("1H", 3_600_000)]
    [InlineData("99999999H", null)] // longer than a timer can be
    [InlineData("123456789m", null)]
    [InlineData("7", null)]
    [InlineData("7s", null)]
    [InlineData("-7S", null)]
    [InlineData("", null)]
    public void A_timeout_is_up_to_eight_digits_and_a_unit(string text, int? milliseconds)
    {
        Assert.Equal(milliseconds is not null, CallDeadline.TryRead(text, out var timeout));
        Assert.Equal(milliseconds ?? timeout.TotalMilliseconds, timeout.TotalMilliseconds);
    }
}
