using Ikada.Api.Migrating;
using Ikada.Api.Mvcc;
using Ikada.KeyValue;

namespace Ikada.Server;

/// <summary>From the messages of a migration to the store's own. The bytes are the messages': they never
/// change.</summary>
internal static class MigrationRequests
{
    public static List<KeyValueItem> Items(MigrationKeysRequest request)
    {
        var items = new List<KeyValueItem>(request.Kvs.Count);
        foreach (var item in request.Kvs)
        {
            items.Add(Item(item));
        }

        return items;
    }

    public static List<KeyValueChange> Changes(MigrationChangesRequest request)
    {
        var changes = new List<KeyValueChange>(request.Events.Count);
        foreach (var change in request.Events)
        {
            if (change.Kv is null)
            {
                throw EtcdErrors.BadMigrationStep.Exception();
            }

            changes.Add(new KeyValueChange(
                change.Type == Event.Types.EventType.Delete, Item(change.Kv), null));
        }

        return changes;
    }

    public static List<KeyValue.MigratedLease> Leases(MigrationLeasesRequest request)
    {
        var leases = new List<KeyValue.MigratedLease>(request.Leases.Count);
        foreach (var lease in request.Leases)
        {
            leases.Add(new KeyValue.MigratedLease(lease.Id, lease.GrantedTtl, lease.RemainingTtl));
        }

        return leases;
    }

    private static KeyValueItem Item(Api.Mvcc.KeyValue item) => new(
        item.Key.Memory,
        item.CreateRevision,
        item.ModRevision,
        item.Version,
        item.Lease,
        item.Value.Memory);
}
