using System.Diagnostics;
using Google.Protobuf;
using Grpc.Core;
using Ikada.Api.Etcd;
using Ikada.Api.Mvcc;
using Ikada.Cli.Client;
using Ikada.Cli.Processes;

namespace Ikada.EndToEnd.Tests;

/// <summary>The installed etcd, one member on free ports, in a directory that goes at the end.</summary>
internal sealed class RealEtcd : IAsyncDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("ikada-etcd-");
    private readonly Process _process;

    private RealEtcd()
    {
        var ports = FreePorts.Take(2);
        Endpoint = $"127.0.0.1:{ports[0]}";
        var (client, peer) = ("http://" + Endpoint, $"http://127.0.0.1:{ports[1]}");
        // The shell sends the log to a file and is replaced by etcd.
        _process = Process.Start("/bin/sh",
        [
            "-c", "log=$1; shift; exec \"$@\" >\"$log\" 2>&1 </dev/null", "sh",
            Path.Combine(_directory.FullName, "log"), "etcd", "--name=n1",
            $"--data-dir={Path.Combine(_directory.FullName, "data")}", $"--listen-client-urls={client}",
            $"--advertise-client-urls={client}", $"--listen-peer-urls={peer}",
            $"--initial-advertise-peer-urls={peer}", $"--initial-cluster=n1={peer}",
        ]);
        Connection = Connect(Endpoint);
    }

    public string Endpoint { get; }

    public EtcdConnection Connection { get; }

    public Lease.LeaseClient Leases => new(Connection.Invoker);

    public static async Task<RealEtcd> StartAsync()
    {
        var etcd = new RealEtcd();
        await Eventually.HoldsAsync("etcd to answer", async () =>
        {
            try
            {
                await etcd.Connection.KeyValues.RangeAsync(
                    new RangeRequest { Key = ByteString.CopyFromUtf8("x") },
                    deadline: DateTime.UtcNow.AddSeconds(2));
                return true;
            }
            catch (RpcException)
            {
                return false;
            }
        });
        return etcd;
    }

    public static EtcdConnection Connect(string endpoint) =>
        new(Cli.Client.Endpoint.ParseList(endpoint, "test")[0]);

    /// <summary>Everything that stands at a revision; 0: at the current one.</summary>
    public static async Task<RangeResponse> AllAsync(EtcdConnection server, long revision = 0) =>
        await server.KeyValues.RangeAsync(new RangeRequest
        {
            Key = ByteString.CopyFrom(0), RangeEnd = ByteString.CopyFrom(0), Revision = revision,
        });

    /// <summary>All that has happened from one revision to another.</summary>
    public static async Task<List<Event>> EventsAsync(EtcdConnection server, long from, long to)
    {
        using var call = new Watch.WatchClient(server.Invoker).Watch(
            deadline: DateTime.UtcNow.AddSeconds(30));
        await call.RequestStream.WriteAsync(new WatchRequest
        {
            CreateRequest = new WatchCreateRequest
            {
                Key = ByteString.CopyFrom(0), RangeEnd = ByteString.CopyFrom(0), StartRevision = from,
            },
        });
        var events = new List<Event>();
        while ((events.Count == 0 || events[^1].Kv.ModRevision < to) && await call.ResponseStream.MoveNext())
        {
            Assert.False(call.ResponseStream.Current.Canceled, call.ResponseStream.Current.CancelReason);
            events.AddRange(call.ResponseStream.Current.Events);
        }

        return events;
    }

    public async Task<long> PutAsync(string key, string value = "x", long lease = 0) =>
        (await Connection.KeyValues.PutAsync(Put(key, value, lease).RequestPut)).Header.Revision;

    public async Task<long> TransactAsync(params IEnumerable<RequestOp> operations) =>
        (await Connection.KeyValues.TxnAsync(new TxnRequest { Success = { operations } })).Header.Revision;

    public static RequestOp Put(string key, string value, long lease = 0) => new()
    {
        RequestPut = new PutRequest
        {
            Key = ByteString.CopyFromUtf8(key), Value = ByteString.CopyFromUtf8(value), Lease = lease,
        },
    };

    public static RequestOp Delete(string key, string end = "") => new()
    {
        RequestDeleteRange = new DeleteRangeRequest
        {
            Key = ByteString.CopyFromUtf8(key), RangeEnd = ByteString.CopyFromUtf8(end),
        },
    };

    public async Task<long> GrantAsync(long seconds) =>
        (await Leases.LeaseGrantAsync(new LeaseGrantRequest { TTL = seconds })).ID;

    public async ValueTask DisposeAsync()
    {
        Connection.Dispose();
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _directory.Delete(recursive: true);
    }
}
