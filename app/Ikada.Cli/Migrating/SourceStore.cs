using Google.Protobuf;
using Grpc.Core;
using Ikada.Api.Etcd;
using Ikada.Api.Migrating;

namespace Ikada.Cli.Migrating;

/// <summary>What is read from the cluster that is left behind.</summary>
internal sealed class SourceStore(PatientCluster cluster)
{
    private const int LeaseQuestionsAtOnce = 64;

    /// <summary>The first etcd with the parts of the API that a migration needs.</summary>
    private static readonly Version VersionMin = new(3, 4);

    public PatientCluster Cluster => cluster;

    /// <summary>Which cluster it is. Invariant: <see cref="CheckAsync"/> has been called.</summary>
    public ulong Id { get; private set; }

    /// <summary>Looks whether it can be migrated from; returns how many bytes of data it has.</summary>
    public async Task<long> CheckAsync(CancellationToken stop)
    {
        var status = await cluster.CallAsync(
            "status",
            (invoker, options) => new Maintenance.MaintenanceClient(invoker).StatusAsync(new(), options),
            stop);
        if (!IsNewEnough(status.Version))
        {
            throw new CliException(
                $"migrate: {cluster.Side} {cluster.Names} is etcd '{status.Version}'; {VersionMin} or newer "
                + "is needed: upgrade it first");
        }

        Id = status.Header.ClusterId;
        return status.DbSizeInUse;
    }

    /// <summary>Whether a server of that version has what is needed.</summary>
    internal static bool IsNewEnough(string text) =>
        Version.TryParse(text.Split('-', '+')[0], out var version) && version >= VersionMin;

    /// <summary>The current revision: at least that of all that was acknowledged before.</summary>
    public async Task<long> RevisionAsync(CancellationToken stop)
    {
        var answer = await RangeAsync(
            new RangeRequest { Key = ByteString.CopyFrom(0), CountOnly = true }, stop);
        return answer.Header.ClusterId == Id
            ? answer.Header.Revision
            : throw new CliException(
                $"migrate: {cluster.Current.Endpoint.Text} is of cluster {answer.Header.ClusterId:x}, others "
                + $"of {cluster.Side} are of {Id:x}: name servers of one cluster");
    }

    /// <summary>Reads keys at a revision.</summary>
    /// <exception cref="SourceCompactedException">It has been compacted away.</exception>
    public async Task<RangeResponse> RangeAsync(RangeRequest request, CancellationToken stop)
    {
        try
        {
            return await cluster.CallAsync(
                "range",
                (invoker, options) => new KV.KVClient(invoker).RangeAsync(request, options),
                stop);
        }
        catch (RpcException refusal) when (refusal.StatusCode == StatusCode.OutOfRange)
        {
            throw new SourceCompactedException(request.Revision);
        }
        catch (RpcException refusal)
        {
            throw new CliException(
                $"migrate: {cluster.Side} {cluster.Names}: range: {refusal.Status.Detail}");
        }
    }

    /// <summary>All leases with what they have left, by id.</summary>
    public async Task<SortedDictionary<long, MigratedLease>> LeasesAsync(CancellationToken stop)
    {
        var all = await cluster.CallAsync(
            "leases",
            (invoker, options) => new Lease.LeaseClient(invoker).LeaseLeasesAsync(new(), options),
            stop);
        return await LeasesAsync(all.Leases.Select(lease => lease.ID), stop);
    }

    /// <summary>Those of the leases that exist, by id.</summary>
    public async Task<SortedDictionary<long, MigratedLease>> LeasesAsync(
        IEnumerable<long> ids, CancellationToken stop)
    {
        var leases = new SortedDictionary<long, MigratedLease>();
        foreach (var some in ids.Chunk(LeaseQuestionsAtOnce))
        {
            var answers = await Task.WhenAll(some.Select(id => cluster.CallAsync(
                "lease",
                (invoker, options) => new Lease.LeaseClient(invoker).LeaseTimeToLiveAsync(
                    new LeaseTimeToLiveRequest { ID = id }, options),
                stop)));
            foreach (var answer in answers.Where(answer => answer.TTL >= 0 && answer.GrantedTTL > 0))
            {
                leases[answer.ID] = new MigratedLease
                {
                    Id = answer.ID, GrantedTtl = answer.GrantedTTL, RemainingTtl = answer.TTL,
                };
            }
        }

        return leases;
    }
}

/// <summary>The source has compacted away what was still wanted.</summary>
/// <param name="revision">What was wanted.</param>
internal sealed class SourceCompactedException(long revision)
    : Exception($"the source has compacted revision {revision} away")
{
}
