using System.Net.Sockets;
using System.Text.Json;
using Ikada.Api.Etcd;

namespace Ikada.Server.Tests;

public sealed class OnePortTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task The_port_serves_pages_over_http_1_and_grpc_over_http_2()
    {
        var version = await server.GetAsync("/version");
        Assert.StartsWith("HTTP/1.1 200 OK", version, StringComparison.Ordinal);
        Assert.EndsWith(
            """{"etcdserver":"3.5.16","etcdcluster":"3.5.0"}""", Body(version), StringComparison.Ordinal);
        var put = await server.Kv.PutAsync(
            new PutRequest { Key = ServerFixture.Bytes("p") },
            cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(put.Header.Revision > 1);
        Assert.StartsWith("HTTP/1.1 404", await server.GetAsync("/nothing"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_that_comes_in_crumbs_is_served()
    {
        var answer = await server.RawAsync(
            "G", "E", "T /version HTTP/1.1\r\nHost: x\r\n", "Connection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connections_that_say_nothing_hold_nobody_up()
    {
        var silent = new List<TcpClient>();
        try
        {
            for (var i = 0; i < 50; i++)
            {
                var client = new TcpClient();
                await client.ConnectAsync(server.Address, TestContext.Current.CancellationToken);
                silent.Add(client);
            }

            Assert.StartsWith("HTTP/1.1 200", await server.GetAsync("/version"), StringComparison.Ordinal);
        }
        finally
        {
            silent.ForEach(client => client.Dispose());
        }
    }

    /// <summary>Kestrel looks at the time once a second.</summary>
    [Fact]
    public async Task A_connection_without_a_call_stays_open()
    {
        using var client = new TcpClient();
        await client.ConnectAsync(server.Address, TestContext.Current.CancellationToken);
        var stream = client.GetStream();
        // The preface and empty settings: how every HTTP/2 client begins.
        byte[] begin = [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, 0, 0, 0, 4, 0, 0, 0, 0, 0];
        await stream.WriteAsync(begin, TestContext.Current.CancellationToken);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(
            TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(1.5));
        const byte GoAway = 7;
        var head = new byte[9];
        try
        {
            while (true)
            {
                await stream.ReadExactlyAsync(head, limit.Token);
                Assert.NotEqual(GoAway, head[3]);
                await stream.ReadExactlyAsync(new byte[(head[1] << 8) + head[2]], limit.Token);
            }
        }
        catch (OperationCanceledException)
        {
            Assert.True(client.Connected);
        }
    }

    [Fact]
    public async Task Health_turns_with_the_leader()
    {
        Assert.Contains("\"health\":\"true\"", await server.GetAsync("/health"), StringComparison.Ordinal);
        server.Store.WithoutLeader = true;
        var answer = await server.GetAsync("/health");
        server.Store.WithoutLeader = false;
        Assert.StartsWith("HTTP/1.1 503", answer, StringComparison.Ordinal);
        Assert.Contains("\"health\":\"false\"", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_state_page_has_the_hash_beside_its_applied_index()
    {
        using var state = JsonDocument.Parse(Body(await server.GetAsync("/ikada/state")));
        var view = server.Store.View;
        Assert.Equal(view.AppliedIndex.Value, state.RootElement.GetProperty("appliedIndex").GetUInt64());
        Assert.Equal(
            view.StateHash.ToString("x16", System.Globalization.CultureInfo.InvariantCulture),
            state.RootElement.GetProperty("stateHash").GetString());
        Assert.Equal("leader", state.RootElement.GetProperty("role").GetString());
    }

    private static string Body(string answer)
    {
        var body = answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
        // Chunked: a length line, the text, an empty chunk.
        return answer.Contains("chunked", StringComparison.OrdinalIgnoreCase)
            ? body.Split("\r\n", 2)[1].Split("\r\n0\r\n", 2)[0] : body;
    }
}
