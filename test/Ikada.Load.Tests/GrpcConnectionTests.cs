using System.Net;
using System.Net.Sockets;
using Google.Protobuf;
using Grpc.Core;
using Ikada.Api.Etcd;
using Ikada.Load.Http2;

namespace Ikada.Load.Tests;

public class GrpcConnectionTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_message_beyond_all_windows_arrives_whole_and_so_does_its_answer()
    {
        const int Bytes = 1 << 20;
        await using var store = await FakeStore.StartAsync(put => Task.FromResult((long)put.Value.Length));
        using var connection = GrpcConnection.Open(store.Target, Patience);
        var calls = Enumerable.Range(0, 3).Select(_ => Put(connection, new byte[Bytes])).ToList();
        Receive(connection, calls);
        Assert.All(calls, call => Assert.Equal(
            (Bytes, Bytes), ((int)call.Answer!.Header.Revision, call.Answer.PrevKv.Value.Length)));
    }

    /// <summary>Kestrel takes 100 streams at once.</summary>
    [Fact]
    public async Task More_calls_than_the_server_takes_at_once_wait_for_their_turn()
    {
        await using var store = await FakeStore.StartAsync(_ => Task.FromResult(1L));
        using var connection = GrpcConnection.Open(store.Target, Patience);
        var calls = Enumerable.Range(0, 500).Select(_ => Put(connection, new byte[10])).ToList();
        Receive(connection, calls);
        Assert.All(calls, call => Assert.Null(call.Error));
    }

    [Fact]
    public async Task An_error_is_told_with_its_status_and_text()
    {
        await using var store = await FakeStore.StartAsync(_ =>
            throw new RpcException(new Status(StatusCode.OutOfRange, "no {such} <revision>: 10 %")));
        using var connection = GrpcConnection.Open(store.Target, Patience);
        var call = Put(connection, []);
        Receive(connection, [call]);
        Assert.Equal("status 11: no {such} <revision>: 10 %", call.Error);
    }

    [Fact]
    public async Task A_server_that_goes_is_no_silence()
    {
        var never = new TaskCompletionSource<long>();
        var store = await FakeStore.StartAsync(_ => never.Task);
        using var connection = GrpcConnection.Open(store.Target, Patience);
        var call = Put(connection, []);
        var stopped = store.DisposeAsync();
        // It may have told the call first.
        var end = Record.Exception(() => Receive(connection, [call]));
        Assert.True(call.Error is not null || end is GrpcConnectionException);
        never.SetResult(0);
        await stopped;
    }

    [Fact]
    public async Task A_reset_ends_the_call_and_what_it_says_of_the_table_is_heeded()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var token = TestContext.Current.CancellationToken;
        var served = Task.Run(async () =>
        {
            using var client = await listener.AcceptTcpClientAsync(token);
            var stream = client.GetStream();
            // Settings; a reset of the first stream with code 8; then what ends the connection.
            await stream.WriteAsync(new byte[] { 0, 0, 0, 4, 0, 0, 0, 0, 0 }, token);
            await stream.ReadExactlyAsync(new byte[200], token);
            await stream.WriteAsync(new byte[] { 0, 0, 4, 3, 0, 0, 0, 0, 1, 0, 0, 0, 8 }, token);
            await stream.WriteAsync(
                new byte[] { 0, 0, 10, 7, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, (byte)'b', (byte)'y' },
                token);
            // A socket that is closed with bytes unread is reset, and what was sent may be lost.
            while (await stream.ReadAsync(new byte[1000], token) > 0)
            {
                // What the client still says.
            }
        }, token);
        var target = new GrpcTarget("127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port);
        using var connection = GrpcConnection.Open(target, Patience);
        var call = Put(connection, new byte[200]);
        var end = Assert.Throws<GrpcConnectionException>(() =>
        {
            while (connection.Receive())
            {
                // Until the server has said that it goes.
            }
        });
        Assert.Equal("reset by the server, code 8", call.Error);
        Assert.Contains("code 2: by", end.Message, StringComparison.Ordinal);
        connection.Close();
        await served;
    }

    private static PutCall Put(GrpcConnection connection, byte[] value)
    {
        var call = new PutCall();
        connection.Begin(
            GrpcMethod.Put, new PutRequest { Value = ByteString.CopyFrom(value) }.ToByteArray(), call);
        connection.Flush();
        return call;
    }

    private static void Receive(GrpcConnection connection, IReadOnlyCollection<PutCall> calls)
    {
        while (calls.Any(call => !call.IsOver))
        {
            Assert.True(connection.Receive());
        }
    }

    private sealed class PutCall : GrpcCall
    {
        public PutResponse? Answer { get; private set; }

        public string? Error { get; private set; }

        public bool IsOver { get; private set; }

        protected internal override void OnMessage(ReadOnlySpan<byte> message) =>
            Answer = PutResponse.Parser.ParseFrom(message);

        protected internal override void OnEnd(string? error) => (Error, IsOver) = (error, true);
    }
}
