using System.Text;
using Grpc.Core;
using Ikada.KeyValue;
using Ikada.Simulation.Workloads.Store;
using Etcd = Ikada.Api.Etcd;

namespace Ikada.Faults.Clients;

/// <summary>Asks for one client, one thing at a time, and takes it down. When a node does not answer, the
/// next one is asked from then on.</summary>
internal sealed class Caller(
    Recorder recorder, IReadOnlyList<Connection> nodes, int client, Plant plant, CancellationToken end)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(30);
    private int _puts;

    /// <summary>The node asked.</summary>
    public int Node { get; set; } = client % nodes.Count;

    /// <summary>Whether it stays with its node, answered or not.</summary>
    public bool StaysWithNode { get; init; }

    /// <summary>Whether the client is to stop asking.</summary>
    public bool IsOver => end.IsCancellationRequested;

    /// <summary>A value that nobody else writes.</summary>
    public static byte[] Value(long id, int part = 0) => Encoding.ASCII.GetBytes($"{id}.{part}");

    /// <summary>The number of the operation that wrote a value; -1 if it is none of ours.</summary>
    public static long WriterOf(ReadOnlySpan<byte> value)
    {
        var dot = value.IndexOf((byte)'.');
        return dot > 0 && long.TryParse(value[..dot], out var id) ? id : -1;
    }

    /// <summary>Asks, and waits for the answer or for as long as its patience lasts.</summary>
    public async Task<Recorded> AskAsync(long id, StoreRequest asked, bool isSerializable = false)
    {
        var connection = nodes[Node];
        var life = connection.Life;
        var operation = new Recorded
        {
            Id = id, Client = client, Node = Node, Asked = asked, IsSerializable = isSerializable,
            Start = recorder.Now,
        };
        try
        {
            if (!Lies(operation))
            {
                await SendAsync(connection, operation);
            }

            operation.Revision = operation.Found?.Revision ?? operation.Did!.Revision;
            operation.Outcome = RecordedOutcome.Ok;
        }
        catch (RpcException failure)
        {
            operation.Error = $"{failure.StatusCode}: {failure.Status.Detail}";
            operation.Outcome = OutcomeOf(failure);
        }

        operation.End = recorder.Now;
        operation.Life = connection.Life == life ? life : -1;
        recorder.Add(operation);
        if (operation.Outcome != RecordedOutcome.Ok)
        {
            Node = StaysWithNode ? Node : (Node + 1) % nodes.Count;
            await Task.Delay(RetryDelay, CancellationToken.None);
        }

        return operation;
    }

    // What a server says of itself is believed, so that it is found out where it is not true: only what is
    // certainly not done is refused.
    private static RecordedOutcome OutcomeOf(RpcException failure) => failure.StatusCode switch
    {
        StatusCode.InvalidArgument or StatusCode.NotFound or StatusCode.FailedPrecondition
            or StatusCode.OutOfRange or StatusCode.ResourceExhausted => RecordedOutcome.Failed,
        StatusCode.Unavailable when failure.Status.Detail is "etcdserver: no leader"
            or "etcdserver: server stopped" or "Error connecting to subchannel." => RecordedOutcome.Failed,
        _ => RecordedOutcome.Unknown,
    };

    private async Task SendAsync(Connection connection, Recorded operation)
    {
        var options = new CallOptions(deadline: DateTime.UtcNow + Patience);
        switch (operation.Asked)
        {
            case ReadRequest read:
                var asItIs = operation.IsSerializable || plant == Plant.StaleRead;
                operation.Found = EtcdWords.Result(
                    await connection.Kv.RangeAsync(EtcdWords.Read(read, asItIs), options));
                break;
            case PutRequest put:
                operation.Did = EtcdWords.Result(
                    await connection.Kv.PutAsync(EtcdWords.Put(put), options));
                break;
            case DeleteRequest delete:
                operation.Did = EtcdWords.Result(
                    await connection.Kv.DeleteRangeAsync(EtcdWords.Delete(delete), options));
                break;
            case TransactionRequest transaction:
                operation.Did = EtcdWords.Result(
                    await connection.Kv.TxnAsync(EtcdWords.Transaction(transaction), options));
                break;
            default:
                operation.Did = await SendLeaseAsync(connection.Lease, operation.Asked, options);
                break;
        }
    }

    private async Task<KeyValueResult> SendLeaseAsync(
        Etcd.Lease.LeaseClient lease, StoreRequest asked, CallOptions options)
    {
        switch (asked)
        {
            case GrantRequest grant:
                var seconds = plant == Plant.EarlyExpiry ? 1 : grant.Seconds;
                var granted = await lease.LeaseGrantAsync(
                    new Etcd.LeaseGrantRequest { ID = grant.Lease, TTL = seconds }, options);
                return new KeyValueResult { Revision = granted.Header.Revision };
            case RevokeRequest revoke:
                var revoked = await lease.LeaseRevokeAsync(
                    new Etcd.LeaseRevokeRequest { ID = revoke.Lease }, options);
                return new KeyValueResult { Revision = revoked.Header.Revision };
            case RenewRequest renew:
                return await RenewAsync(lease, renew.Leases[0], options);
            default:
                throw new ArgumentException($"'{asked}' is nothing that clients ask", nameof(asked));
        }
    }

    private static async Task<KeyValueResult> RenewAsync(
        Etcd.Lease.LeaseClient lease, long id, CallOptions options)
    {
        using var call = lease.LeaseKeepAlive(options);
        try
        {
            await call.RequestStream.WriteAsync(new Etcd.LeaseKeepAliveRequest { ID = id });
        }
        catch (InvalidOperationException ended)
        {
            throw new RpcException(new Status(StatusCode.Unknown, ended.Message));
        }

        if (!await call.ResponseStream.MoveNext(CancellationToken.None))
        {
            throw new RpcException(new Status(StatusCode.Unknown, "the stream ended without an answer"));
        }

        var alive = call.ResponseStream.Current;
        return new KeyValueResult { Revision = alive.Header.Revision, TimesToLive = [alive.TTL] };
    }

    private bool Lies(Recorded operation)
    {
        if (plant != Plant.LostWrite || operation.Asked is not PutRequest || ++_puts % 50 != 0)
        {
            return false;
        }

        var told = recorder.Operations.Max(other => other.Revision);
        operation.Did = new KeyValueResult { Revision = told + 1 };
        return true;
    }
}
