using Grpc.Core;
using Ikada.Api.Etcd;
using Ikada.Api.Migrating;
using Ikada.Api.Mvcc;
using Ikada.Cli.Client;
using Item = Ikada.Api.Mvcc.KeyValue;

namespace Ikada.Cli.Migrating;

/// <summary>The cluster that is filled. One step after the other; one whose answer was lost is sent again as
/// it was.</summary>
internal sealed class TargetStore(PatientCluster cluster)
{
    // Enough that a step costs little more than its bytes, little enough that it is quickly replicated.
    private const int StepBytes = 512 << 10;

    // A lease is three numbers.
    private const int LeasesAStep = 5000;

    // What a server takes beyond its largest request.
    private const int EnvelopeBytes = 256 << 10;

    private readonly HashSet<long> _leases = [];
    private long _requestBytesMax;

    public PatientCluster Cluster => cluster;

    public ulong Id { get; private set; }

    public ulong Step { get; private set; }

    /// <summary>The last revision that it has whole.</summary>
    public long Revision { get; private set; }

    /// <summary>The leases it has been told of.</summary>
    public IReadOnlySet<long> KnownLeases => _leases;

    public async Task<MigrationResponse> StatusAsync(CancellationToken stop)
    {
        var status = await CallAsync("status", (client, options) => client.StatusAsync(new(), options), stop);
        _requestBytesMax = status.RequestBytesMax;
        return status;
    }

    public async Task BeginAsync(ulong source, long revision, CancellationToken stop)
    {
        (Id, Step) = ((ulong)Random.Shared.NextInt64(1, long.MaxValue), 0);
        _leases.Clear();
        var request = new MigrationBeginRequest { Id = Id, SourceCluster = source, Revision = revision };
        await CallAsync("begin", (client, options) => client.BeginAsync(request, options), stop);
    }

    /// <summary>Goes on with a migration whose client is gone.</summary>
    public async Task ClaimAsync(MigrationResponse status, CancellationToken stop)
    {
        Id = (ulong)Random.Shared.NextInt64(1, long.MaxValue);
        var request = new MigrationClaimRequest { Id = status.Id, NewId = Id };
        var claimed = await CallAsync(
            "claim", (client, options) => client.ClaimAsync(request, options), stop);
        (Step, Revision) = (claimed.NextStep, claimed.Header.Revision);
    }

    public async Task LeasesAsync(IReadOnlyCollection<MigratedLease> leases, CancellationToken stop)
    {
        foreach (var some in leases.Chunk(LeasesAStep))
        {
            var request = new MigrationLeasesRequest { Id = Id, Step = Step, Leases = { some } };
            await StepAsync("leases", (client, options) => client.LeasesAsync(request, options), stop);
            foreach (var lease in some)
            {
                _ = lease.GrantedTtl > 0 ? _leases.Add(lease.Id) : _leases.Remove(lease.Id);
            }
        }
    }

    public async Task KeysAsync(IReadOnlyList<Item> items, CancellationToken stop)
    {
        foreach (var (from, count) in Portions(items, SizeOf))
        {
            var request = new MigrationKeysRequest { Id = Id, Step = Step };
            for (var i = from; i < from + count; i++)
            {
                request.Kvs.Add(items[i]);
            }

            await StepAsync("keys", (client, options) => client.KeysAsync(request, options), stop);
        }
    }

    /// <summary>Brings whole revisions, in order: many small ones in a step, one that is large in
    /// several.</summary>
    public async Task ChangesAsync(IReadOnlyList<Event> events, CancellationToken stop)
    {
        var from = 0;
        while (from < events.Count)
        {
            var (end, whole) = (from, from);
            for (var bytes = 0L;
                end < events.Count && (end == from || bytes + SizeOf(events[end].Kv) <= StepBytes);
                end++)
            {
                bytes += SizeOf(events[end].Kv);
                if (end + 1 == events.Count || events[end + 1].Kv.ModRevision != events[end].Kv.ModRevision)
                {
                    whole = end + 1;
                }
            }

            var goesOn = whole == from;
            end = goesOn ? end : whole;
            await ChangesAsync(events, from, end, goesOn, stop);
            from = end;
        }
    }

    /// <summary>Nothing more of the copied revision is to come.</summary>
    public Task EndCopyAsync(CancellationToken stop) => ChangesAsync([], 0, 0, goesOn: false, stop);

    public async Task OpenAsync(CancellationToken stop)
    {
        var request = new MigrationOpenRequest { Id = Id, Step = Step, Revision = Revision };
        await StepAsync("open", (client, options) => client.OpenAsync(request, options), stop);
    }

    /// <summary>Removes what a migration has brought, until the cluster is empty.</summary>
    public async Task ClearAsync(CancellationToken stop)
    {
        while ((await CallAsync("clear", (client, options) => client.ClearAsync(new(), options), stop)).Phase
            != MigrationPhase.None)
        {
            stop.ThrowIfCancellationRequested();
        }
    }

    public async Task<RangeResponse> RangeAsync(RangeRequest request, CancellationToken stop) =>
        await cluster.CallAsync(
            "range", (invoker, options) => new KV.KVClient(invoker).RangeAsync(request, options), stop);

    /// <summary>The leases it has, with the granted time of each.</summary>
    public Task<SortedDictionary<long, MigratedLease>> LeasesAsync(CancellationToken stop) =>
        new SourceStore(cluster).LeasesAsync(stop);

    private async Task ChangesAsync(
        IReadOnlyList<Event> events, int from, int end, bool goesOn, CancellationToken stop)
    {
        var request = new MigrationChangesRequest { Id = Id, Step = Step, GoesOn = goesOn };
        for (var i = from; i < end; i++)
        {
            CheckSize(events[i].Kv);
            request.Events.Add(events[i]);
        }

        await StepAsync("changes", (client, options) => client.ChangesAsync(request, options), stop);
    }

    private async Task StepAsync(
        string what,
        Func<Migration.MigrationClient, CallOptions, AsyncUnaryCall<MigrationResponse>> call,
        CancellationToken stop)
    {
        var answer = await CallAsync(what, call, stop);
        Step++;
        Revision = answer.Header.Revision;
    }

    private async Task<MigrationResponse> CallAsync(
        string what,
        Func<Migration.MigrationClient, CallOptions, AsyncUnaryCall<MigrationResponse>> call,
        CancellationToken stop)
    {
        try
        {
            return await cluster.CallAsync(
                what, (invoker, options) => call(new Migration.MigrationClient(invoker), options), stop);
        }
        catch (RpcException refusal)
        {
            var remedy = refusal.StatusCode switch
            {
                StatusCode.Unimplemented => ": only an Ikada cluster can be filled",
                StatusCode.ResourceExhausted =>
                    "; raise --quota-backend-bytes of its members, empty it by 'ikada migrate --abandon' and "
                    + "start again",
                _ => "",
            };
            throw new CliException(
                $"migrate: {cluster.Side} {cluster.Names}: {what}: "
                + $"{EtcdConnection.Describe(refusal)}{remedy}");
        }
    }

    private IEnumerable<(int From, int Count)> Portions(
        IReadOnlyList<Item> items, Func<Item, long> size)
    {
        for (var from = 0; from < items.Count;)
        {
            var (end, bytes) = (from, 0L);
            while (end < items.Count && (end == from || bytes + size(items[end]) <= StepBytes))
            {
                CheckSize(items[end]);
                bytes += size(items[end++]);
            }

            yield return (from, end - from);
            from = end;
        }
    }

    private static long SizeOf(Item item) => 48 + item.Key.Length + item.Value.Length;

    private void CheckSize(Item item)
    {
        if (SizeOf(item) > _requestBytesMax + EnvelopeBytes)
        {
            throw new CliException(
                $"migrate: key '{item.Key.ToStringUtf8()}' has {item.Key.Length + item.Value.Length} bytes, "
                + $"{cluster.Side} {cluster.Names} takes {_requestBytesMax}: raise --max-request-bytes of "
                + "its members");
        }
    }
}
