using Google.Protobuf.Collections;
using Ikada.Api.Etcd;
using Ikada.KeyValue;

namespace Ikada.Server;

/// <summary>The bound on the size of the data. Whoever would pass it is refused, and the alarm NOSPACE is
/// raised: from then on no member takes what makes the data larger, until somebody ends the
/// alarm.</summary>
internal sealed class Quota(StoreCalls calls, ServerOptions options)
{
    private const long DefaultBytes = 2L << 30;

    // What etcd reckons for a key beside its bytes.
    private const long KeyOverheadBytes = 256;

    /// <summary>What etcd reckons for a lease.</summary>
    public const long LeaseBytes = 64;

    /// <summary>The bound; long.MaxValue: none.</summary>
    public long Bytes { get; } = options.QuotaBackendBytes switch
    {
        0 => DefaultBytes,
        < 0 => long.MaxValue,
        _ => options.QuotaBackendBytes,
    };

    /// <summary>Refuses a put for which there is no room.</summary>
    public Task CheckAsync(PutRequest request, CancellationToken client) =>
        CheckAsync(Cost(request), client);

    /// <summary>Refuses a transaction for whose larger branch there is no room.</summary>
    public Task CheckAsync(TxnRequest request, CancellationToken client) =>
        CheckAsync(Cost(request), client);

    /// <summary>Refuses what makes the data larger by <paramref name="bytes"/> if there is no room for it;
    /// what adds nothing always passes.</summary>
    public async Task CheckAsync(long bytes, CancellationToken client)
    {
        if (bytes == 0 || HasRoom(bytes, out var alarms))
        {
            return;
        }

        var alarm = new Alarm(calls.Store.Status.Self, AlarmKind.NoSpace);
        if (!alarms.Contains(alarm))
        {
            await calls.WriteAsync(KeyValueCommand.EncodeAlarm(alarm, isActive: true), client);
        }

        throw EtcdErrors.NoSpace.Exception();
    }

    private bool HasRoom(long bytes, out IReadOnlyList<Alarm> alarms)
    {
        using var view = calls.Store.Hold();
        alarms = view.Alarms;
        return view.SizeBytes < Bytes - bytes;
    }

    private static long Cost(PutRequest put) => KeyOverheadBytes + put.Key.Length + put.Value.Length;

    private static long Cost(TxnRequest txn) => Math.Max(Cost(txn.Success), Cost(txn.Failure));

    private static long Cost(RepeatedField<RequestOp> operations)
    {
        var bytes = 0L;
        for (var i = 0; i < operations.Count; i++)
        {
            bytes += operations[i].RequestPut is { } put ? Cost(put)
                : operations[i].RequestTxn is { } txn ? Cost(txn) : 0;
        }

        return bytes;
    }
}
