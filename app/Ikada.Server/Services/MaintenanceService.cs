using System.Globalization;
using Google.Protobuf;
using Grpc.Core;
using Ikada.Api.Etcd;
using Ikada.KeyValue;
using Ikada.Primitives;

namespace Ikada.Server;

/// <summary>etcdserverpb.Maintenance: what a member says of itself. Works without a leader.</summary>
internal sealed class MaintenanceService(
    StoreCalls calls, Alarms alarms, Quota quota) : Maintenance.MaintenanceBase
{
    public override Task<StatusResponse> Status(StatusRequest request, ServerCallContext context)
    {
        var status = calls.Store.Status;
        using var view = calls.Store.Hold();
        var response = new StatusResponse
        {
            Header = calls.Header(view.Revision),
            Version = ServerVersion.Etcd,
            DbSize = view.SizeBytes,
            DbSizeInUse = view.SizeBytes,
            DbSizeQuota = quota.Bytes == long.MaxValue ? 0 : quota.Bytes,
            Leader = status.Leader.Value,
            RaftIndex = status.Commit.Value,
            RaftTerm = status.Term.Value,
            RaftAppliedIndex = view.AppliedIndex.Value,
            StorageVersion = ServerVersion.Storage,
            IsLearner = calls.Store.Membership.Learners.Contains(status.Self),
        };
        if (status.Leader.IsNone)
        {
            response.Errors.Add(EtcdErrors.NoLeader.Message);
        }

        foreach (var alarm in alarms.All)
        {
            // As etcd writes an alarm, the space at the end included.
            var name = alarm.Kind == AlarmKind.NoSpace ? "NOSPACE" : "CORRUPT";
            response.Errors.Add($"memberID:{alarm.Member.Value} alarm:{name} ");
        }

        response.Errors.Add(StateErrors.Of(status));
        if (status is { IsStateMissing: true, IsQuarantined: false })
        {
            response.Errors.Add("ikada: all snapshots are lost; waiting for one of another member");
        }

        return Task.FromResult(response);
    }

    public override Task<AlarmResponse> Alarm(AlarmRequest request, ServerCallContext context) =>
        alarms.AnswerAsync(request, context.CancellationToken);

    /// <summary>Equal on members at the same applied index, since it covers the history of effects.</summary>
    public override Task<HashResponse> Hash(HashRequest request, ServerCallContext context)
    {
        using var view = calls.Store.Hold();
        return Task.FromResult(new HashResponse
        {
            Header = calls.Header(view.Revision),
            Hash = Folded(view.StateHash),
        });
    }

    /// <summary>Equal on members at the same revision, whatever has been applied since.</summary>
    public override Task<HashKVResponse> HashKV(HashKVRequest request, ServerCallContext context)
    {
        using var view = calls.Store.Hold();
        var (error, hash) = view.HashAt(request.Revision);
        if (error != KeyValueError.None)
        {
            throw EtcdErrors.Of(error).Exception();
        }

        return Task.FromResult(new HashKVResponse
        {
            Header = calls.Header(view.Revision),
            Hash = Folded(hash),
            // As etcd says "never".
            CompactRevision = view.IsNeverCompacted ? -1 : view.CompactedRevision,
            HashRevision = request.Revision > 0 ? request.Revision : view.Revision,
        });
    }

    /// <summary>Gives back the space of what was deleted, which counts for the quota until then. Reads and
    /// writes go on meanwhile.</summary>
    public override async Task<DefragmentResponse> Defragment(
        DefragmentRequest request, ServerCallContext context)
    {
        await Task.Run(calls.Store.Defragment);
        return new DefragmentResponse { Header = calls.Header(calls.Store.State.Revision) };
    }

    public override async Task Snapshot(
        SnapshotRequest request,
        IServerStreamWriter<SnapshotResponse> responseStream,
        ServerCallContext context)
    {
        calls.ThrowIfQuarantined();
        using var view = calls.Store.Hold();
        var header = calls.Header(view.Revision);
        var snapshot = view.Snapshot();
        using var held = snapshot as IDisposable;
        await new SnapshotStream(snapshot, view.SizeBytes).SendAsync(
            (piece, remaining) => responseStream.WriteAsync(
                new SnapshotResponse
                {
                    Header = header,
                    RemainingBytes = (ulong)remaining,
                    Blob = UnsafeByteOperations.UnsafeWrap(piece),
                    Version = ServerVersion.Storage,
                },
                context.CancellationToken),
            context.CancellationToken);
    }

    public override async Task<MoveLeaderResponse> MoveLeader(
        MoveLeaderRequest request, ServerCallContext context)
    {
        // 0 is nobody; to the node it would mean "whoever is best". Who does not lead says that first.
        if (request.TargetID == 0 && calls.Store.Status.Leader == calls.Store.Status.Self)
        {
            throw EtcdErrors.BadLeaderTransferee.Exception();
        }

        await calls.MoveLeaderAsync(new NodeId(request.TargetID), context.CancellationToken);
        return new MoveLeaderResponse { Header = calls.Header(calls.Store.State.Revision) };
    }

    /// <summary>Says in etcd's words that there is no older version to go to.</summary>
    public override Task<DowngradeResponse> Downgrade(DowngradeRequest request, ServerCallContext context) =>
        throw (request.Action == DowngradeRequest.Types.DowngradeAction.Cancel
            ? EtcdErrors.NoInflightDowngrade
            : IsVersion(request.Version) ? EtcdErrors.InvalidDowngradeTarget
            : EtcdErrors.WrongDowngradeFormat).Exception();

    private static bool IsVersion(string text) =>
        text.Split('.') is { Length: 3 } parts && Array.TrueForAll(
            parts, part => uint.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out _));

    private static uint Folded(ulong hash) => (uint)(hash ^ (hash >> 32));
}
