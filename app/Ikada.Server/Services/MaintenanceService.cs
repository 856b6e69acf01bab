using Grpc.Core;
using Ikada.Api.Etcd;
using Ikada.KeyValue;
using Ikada.Primitives;

namespace Ikada.Server;

/// <summary>etcdserverpb.Maintenance: what a member says of itself. Works without a leader.</summary>
internal sealed class MaintenanceService(
    StoreCalls calls, ServerOptions options) : Maintenance.MaintenanceBase
{
    private const long DefaultQuotaBytes = 2L << 30;

    public override Task<StatusResponse> Status(StatusRequest request, ServerCallContext context)
    {
        var status = calls.Store.Status;
        var view = calls.Store.View;
        var response = new StatusResponse
        {
            Header = calls.Header(view.Revision),
            Version = ServerVersion.Etcd,
            DbSize = view.SizeBytes,
            DbSizeInUse = view.SizeBytes,
            DbSizeQuota = options.QuotaBackendBytes > 0 ? options.QuotaBackendBytes : DefaultQuotaBytes,
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

        if (status.IsFull)
        {
            // As etcd writes an alarm, the space at the end included.
            response.Errors.Add($"memberID:{status.Self.Value} alarm:NOSPACE ");
        }

        if (status.IsStateMissing)
        {
            response.Errors.Add("ikada: all snapshots are lost; waiting for one of another member");
        }

        return Task.FromResult(response);
    }

    /// <summary>The alarms of this member: NOSPACE while its log has no room for writes. It comes and goes by
    /// itself, so none can be raised or disarmed.</summary>
    public override Task<AlarmResponse> Alarm(AlarmRequest request, ServerCallContext context)
    {
        if (request.Action != AlarmRequest.Types.AlarmAction.Get)
        {
            throw Unimplemented(context);
        }

        var status = calls.Store.Status;
        var response = new AlarmResponse { Header = calls.Header(calls.Store.View.Revision) };
        var isWanted = (request.MemberID == 0 || request.MemberID == status.Self.Value)
            && request.Alarm is AlarmType.None or AlarmType.Nospace;
        if (status.IsFull && isWanted)
        {
            response.Alarms.Add(new AlarmMember
            {
                MemberID = status.Self.Value, Alarm = AlarmType.Nospace,
            });
        }

        return Task.FromResult(response);
    }

    /// <summary>Equal on members at the same applied index, since it covers the history of effects.</summary>
    public override Task<HashResponse> Hash(HashRequest request, ServerCallContext context)
    {
        var view = calls.Store.View;
        return Task.FromResult(new HashResponse
        {
            Header = calls.Header(view.Revision),
            Hash = Folded(view.StateHash),
        });
    }

    /// <summary>Equal on members at the same revision, whatever has been applied since.</summary>
    public override Task<HashKVResponse> HashKV(HashKVRequest request, ServerCallContext context)
    {
        var view = calls.Store.View;
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
            CompactRevision = view.CompactedRevision == 0 ? -1 : view.CompactedRevision,
            HashRevision = request.Revision > 0 ? request.Revision : view.Revision,
        });
    }

    public override Task<DefragmentResponse> Defragment(
        DefragmentRequest request, ServerCallContext context) =>
        throw Unimplemented(context);

    public override Task Snapshot(
        SnapshotRequest request,
        IServerStreamWriter<SnapshotResponse> responseStream,
        ServerCallContext context) =>
        throw Unimplemented(context);

    public override async Task<MoveLeaderResponse> MoveLeader(
        MoveLeaderRequest request, ServerCallContext context)
    {
        // 0 is nobody; to the node it would mean "whoever is best".
        if (request.TargetID == 0)
        {
            throw EtcdErrors.BadLeaderTransferee.Exception();
        }

        await calls.MoveLeaderAsync(new NodeId(request.TargetID), context.CancellationToken);
        return new MoveLeaderResponse { Header = calls.Header(calls.Store.View.Revision) };
    }

    public override Task<DowngradeResponse> Downgrade(DowngradeRequest request, ServerCallContext context) =>
        throw Unimplemented(context);

    private static uint Folded(ulong hash) => (uint)(hash ^ (hash >> 32));

    private static RpcException Unimplemented(ServerCallContext context) =>
        EtcdErrors.Unimplemented(context.Method, serviceKnown: true).Exception();
}
