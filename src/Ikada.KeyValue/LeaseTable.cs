using Ikada.Primitives;

namespace Ikada.KeyValue;

/// <summary>
/// Which leases there are, and which keys are attached to each. There is no clock here: a lease ends by a
/// command, and whoever sends it has looked at a clock.
/// </summary>
internal static class LeaseTable
{
    /// <summary>None where <paramref name="lease"/> may be put with: it exists, or is 0.</summary>
    public static KeyValueError Check(long lease, IOrderedView view) =>
        lease == 0 || view.TryGet(KeyLayout.Lease(lease), out _) ? KeyValueError.None
            : KeyValueError.LeaseNotFound;

    /// <summary>Moves a key from one lease to another; 0 is none.</summary>
    public static void Move(IOrderedBatch batch, ReadOnlySpan<byte> key, long from, long to)
    {
        if (from == to)
        {
            return;
        }

        if (from != 0)
        {
            batch.Remove(KeyLayout.LeasedKey(from, key));
        }

        if (to != 0)
        {
            batch.Put(KeyLayout.LeasedKey(to, key), []);
        }
    }

    public static KeyValueResult Grant(ChangeWriter writer, long id, long timeToLive)
    {
        if (id == 0 || timeToLive < 1)
        {
            return writer.Refuse(KeyValueError.Malformed);
        }

        if (TryGet(writer.Batch, id, out _))
        {
            return writer.Refuse(KeyValueError.LeaseExists);
        }

        Write(writer, new KeyValueLease(id, timeToLive, 0, writer.State.Applied));
        return new KeyValueResult { Revision = writer.State.Revision };
    }

    /// <summary>Ends a lease and deletes its keys, in one revision.</summary>
    /// <param name="writer">Takes the effects.</param>
    /// <param name="id">Whose.</param>
    /// <param name="renewedAt">Only if it was last renewed there; 0: whenever it was. So an expiry never
    /// overtakes a renewal.</param>
    public static KeyValueResult Revoke(ChangeWriter writer, long id, LogIndex renewedAt)
    {
        if (!TryGet(writer.Batch, id, out var lease))
        {
            return writer.Refuse(KeyValueError.LeaseNotFound);
        }

        if (renewedAt != LogIndex.Zero && renewedAt != lease.RenewedAt)
        {
            return new KeyValueResult { Revision = writer.State.Revision };
        }

        var keys = Keys(writer.Batch, id);
        for (var i = 0; i < keys.Count; i++)
        {
            var found = writer.Batch.TryGet(KeyLayout.Current(keys[i].Span), out var record);
            Invariant.Check(found, $"a key of {keys[i].Length} bytes is attached to a lease but not there");
            writer.Delete(KeyValueRecord.Decode(keys[i], record));
        }

        Remove(writer, lease);
        return new KeyValueResult { Revision = writer.State.Revision, Deleted = keys.Count };
    }

    /// <summary>Removes a lease to which no key is attached.</summary>
    public static void Remove(ChangeWriter writer, in KeyValueLease lease)
    {
        var place = KeyLayout.Lease(lease.Id);
        writer.Batch.Remove(place);
        writer.Batch.Remove(KeyLayout.Renewal(lease.RenewedAt, lease.Id));
        writer.Note(place);
    }

    /// <summary>Sets a lease as it is said, whatever was there.</summary>
    public static void Write(ChangeWriter writer, in KeyValueLease lease)
    {
        if (TryGet(writer.Batch, lease.Id, out var before))
        {
            writer.Batch.Remove(KeyLayout.Renewal(before.RenewedAt, lease.Id));
        }

        Add(writer, lease);
    }

    private static void Replace(ChangeWriter writer, in KeyValueLease before, in KeyValueLease lease)
    {
        writer.Batch.Remove(KeyLayout.Renewal(before.RenewedAt, before.Id));
        Add(writer, lease);
    }

    private static void Add(ChangeWriter writer, in KeyValueLease lease)
    {
        var record = lease.Encode();
        var place = KeyLayout.Lease(lease.Id);
        writer.Batch.Put(place, record);
        writer.Note(place);
        writer.Note(record);
        writer.Batch.Put(KeyLayout.Renewal(lease.RenewedAt, lease.Id), []);
    }

    /// <summary>Renews leases: each has its whole time again. The result has the time of each, 0 for one that
    /// does not exist.</summary>
    public static KeyValueResult Renew(ChangeWriter writer, List<long> ids)
    {
        var times = new List<long>(ids.Count);
        for (var i = 0; i < ids.Count; i++)
        {
            var exists = TryGet(writer.Batch, ids[i], out var lease);
            times.Add(exists ? lease.TimeToLive : 0);
            if (exists)
            {
                Replace(writer, lease, lease with { Remaining = 0, RenewedAt = writer.State.Applied });
            }
        }

        return new KeyValueResult { Revision = writer.State.Revision, TimesToLive = times };
    }

    /// <summary>Notes how much time leases have left, for a leader to come. One that was renewed since is
    /// left alone.</summary>
    public static KeyValueResult Checkpoint(ChangeWriter writer, List<LeaseCheckpoint> checkpoints)
    {
        for (var i = 0; i < checkpoints.Count; i++)
        {
            var (id, renewedAt, remaining) = checkpoints[i];
            if (TryGet(writer.Batch, id, out var lease) && lease.RenewedAt == renewedAt)
            {
                Replace(
                    writer, lease, lease with { Remaining = Math.Clamp(remaining, 1, lease.TimeToLive) });
            }
        }

        return new KeyValueResult { Revision = writer.State.Revision };
    }

    public static bool TryGet(IOrderedView view, long id, out KeyValueLease lease)
    {
        var place = KeyLayout.Lease(id);
        lease = default;
        if (!view.TryGet(place, out var record))
        {
            return false;
        }

        var valid = KeyValueLease.TryDecode(place, record.Span, out lease);
        Invariant.Check(valid, $"the record of lease {id} has {record.Length} bytes and is not one of ours");
        return true;
    }

    public static List<KeyValueLease> All(IOrderedView view)
    {
        var leases = new List<KeyValueLease>();
        var cursor = view.OpenCursor();
        for (var more = cursor.Seek([KeyLayout.LeaseSpace]); more; more = cursor.MoveNext())
        {
            if (cursor.Key.Span[0] != KeyLayout.LeaseSpace)
            {
                break;
            }

            var valid = KeyValueLease.TryDecode(cursor.Key.Span, cursor.Value.Span, out var lease);
            Invariant.Check(valid, $"the record of a lease has {cursor.Value.Length} bytes and is none");
            leases.Add(lease);
        }

        return leases;
    }

    /// <summary>The keys attached to a lease, in order.</summary>
    public static List<ReadOnlyMemory<byte>> Keys(IOrderedView view, long id)
    {
        var keys = new List<ReadOnlyMemory<byte>>();
        var prefix = KeyLayout.LeasedKey(id, []);
        var cursor = view.OpenCursor();
        for (var more = cursor.Seek(prefix); more && cursor.Key.Span.StartsWith(prefix);
            more = cursor.MoveNext())
        {
            keys.Add(cursor.Key[prefix.Length..]);
        }

        return keys;
    }

    /// <summary>The leases that were granted or last renewed behind an entry, in that order.</summary>
    public static List<KeyValueLease> RenewedAfter(IOrderedView view, LogIndex index)
    {
        var leases = new List<KeyValueLease>();
        var cursor = view.OpenCursor();
        for (var more = cursor.Seek(KeyLayout.Renewal(index.Next, 0)); more; more = cursor.MoveNext())
        {
            if (cursor.Key.Span[0] != KeyLayout.RenewalSpace)
            {
                break;
            }

            var id = KeyLayout.LeaseOfRenewal(cursor.Key.Span);
            var exists = TryGet(view, id, out var lease);
            Invariant.Check(exists, $"lease {id} was renewed but is not there");
            leases.Add(lease);
        }

        return leases;
    }
}
