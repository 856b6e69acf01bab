using Grpc.Core;
using Ikada.Api.Migrating;
using Ikada.KeyValue;

namespace Ikada.Server;

/// <summary>ikada.Migration: each step is one command of the log.</summary>
internal sealed class MigrationService(StoreCalls calls, Quota quota, ServerOptions options)
    : Migration.MigrationBase
{
    private const int ClearedAtOnce = 5000;

    public override async Task<MigrationResponse> Status(
        MigrationStatusRequest request, ServerCallContext context) =>
        await calls.ReadAsync(serializable: false, AnswerWhole, context.CancellationToken);

    public override Task<MigrationResponse> Begin(
        MigrationBeginRequest request, ServerCallContext context) =>
        request.Id == 0 || request.Revision < 1
            ? throw EtcdErrors.BadMigrationStep.Exception()
            : DoAsync(
                MigrationCommand.EncodeBegin(request.Id, request.SourceCluster, request.Revision), context);

    public override Task<MigrationResponse> Leases(
        MigrationLeasesRequest request, ServerCallContext context) =>
        AddAsync(
            MigrationCommand.EncodeLeases(request.Id, request.Step, MigrationRequests.Leases(request)),
            context);

    public override Task<MigrationResponse> Keys(MigrationKeysRequest request, ServerCallContext context) =>
        AddAsync(
            MigrationCommand.EncodeKeys(request.Id, request.Step, MigrationRequests.Items(request)), context);

    public override Task<MigrationResponse> Changes(
        MigrationChangesRequest request, ServerCallContext context) =>
        AddAsync(
            MigrationCommand.EncodeChanges(
                request.Id, request.Step, MigrationRequests.Changes(request), request.GoesOn),
            context);

    public override Task<MigrationResponse> Open(MigrationOpenRequest request, ServerCallContext context) =>
        DoAsync(MigrationCommand.EncodeOpen(request.Id, request.Step, request.Revision), context);

    public override Task<MigrationResponse> Claim(
        MigrationClaimRequest request, ServerCallContext context) =>
        request.NewId == 0
            ? throw EtcdErrors.BadMigrationStep.Exception()
            : DoAsync(MigrationCommand.EncodeClaim(request.Id, request.NewId), context);

    public override Task<MigrationResponse> Clear(
        MigrationClearRequest request, ServerCallContext context) =>
        DoAsync(MigrationCommand.EncodeClear(ClearedAtOnce), context);

    /// <summary>What makes the data larger is refused where it would pass the quota. No alarm is raised: the
    /// cluster takes no writes of clients yet, and whoever migrates is told.</summary>
    private Task<MigrationResponse> AddAsync(byte[] command, ServerCallContext context)
    {
        var size = SizeBytes();
        return size < quota.Bytes - command.Length
            ? DoAsync(command, context)
            : throw EtcdErrors.NoRoomToMigrate(size, quota.Bytes).Exception();
    }

    private async Task<MigrationResponse> DoAsync(byte[] command, ServerCallContext context)
    {
        await calls.WriteAsync(command, context.CancellationToken);
        using var view = calls.Store.Hold();
        return Answer(view);
    }

    private long SizeBytes()
    {
        using var view = calls.Store.Hold();
        return view.SizeBytes;
    }

    private MigrationResponse AnswerWhole(KeyValueView view)
    {
        var answer = Answer(view);
        answer.LeaseCount = view.Leases().Count;
        return answer;
    }

    private MigrationResponse Answer(KeyValueView view)
    {
        var migration = view.Migration;
        return new MigrationResponse
        {
            Header = calls.Header(view.Revision),
            Phase = (Api.Migrating.MigrationPhase)migration.Phase,
            Id = migration.Id,
            SourceCluster = migration.SourceCluster,
            CopiedRevision = migration.CopiedRevision,
            NextStep = migration.NextStep,
            RequestBytesMax = options.MaxRequestBytes,
            QuotaBytes = quota.Bytes == long.MaxValue ? 0 : quota.Bytes,
            SizeBytes = view.SizeBytes,
        };
    }
}
