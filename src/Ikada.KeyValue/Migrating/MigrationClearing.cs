namespace Ikada.KeyValue;

/// <summary>Removes what a migration that was given up has brought, some at a time, in an order that depends
/// on the versions and leases alone: a replica that was restored from a snapshot has those like all
/// others.</summary>
internal static class MigrationClearing
{
    /// <param name="writer">Takes the effects.</param>
    /// <param name="now">The migration.</param>
    /// <param name="most">How many versions and leases at the most.</param>
    public static KeyValueResult Clear(ChangeWriter writer, in KeyValueMigration now, ulong most)
    {
        if (!now.IsUnderWay)
        {
            return writer.Refuse(KeyValueError.NotThisMigration);
        }

        var left = most - Math.Min(most, ClearVersions(writer.Batch, most));
        left -= Math.Min(left, ClearLeases(writer, left));
        if (left == 0)
        {
            writer.Batch.Put(
                KeyLayout.MigrationKey, (now with { Phase = MigrationPhase.Clearing, Id = 0 }).Encode());
            return new KeyValueResult { Revision = writer.State.Revision };
        }

        MigrationPieces.Load(writer.Batch).Remove(writer.Batch);
        writer.Batch.Remove(KeyLayout.MigrationKey);
        writer.Restart(1, 0);
        return new KeyValueResult { Revision = writer.State.Revision };
    }

    /// <summary>The newest version of a key goes last: as long as older ones are there, it is the current
    /// one, also on a replica that is restored meanwhile.</summary>
    private static ulong ClearVersions(IOrderedBatch batch, ulong most)
    {
        // Collected first: a cursor does not survive a change.
        var places = new List<(ReadOnlyMemory<byte> Place, bool IsNewest)>();
        ReadOnlyMemory<byte> newest = default;
        var cursor = batch.OpenCursor();
        for (var more = cursor.Seek([KeyLayout.HistorySpace]);
            (ulong)places.Count < most && (more || !newest.IsEmpty);)
        {
            var isHistory = more && cursor.Key.Span[0] == KeyLayout.HistorySpace;
            if (isHistory && !newest.IsEmpty && KeyLayout.IsSameKey(newest.Span, cursor.Key.Span))
            {
                places.Add((cursor.Key, IsNewest: false));
                more = cursor.MoveNext();
                continue;
            }

            if (!newest.IsEmpty)
            {
                places.Add((newest, IsNewest: true));
            }

            newest = isHistory ? cursor.Key : default;
            more = isHistory && cursor.MoveNext();
        }

        for (var i = 0; i < places.Count; i++)
        {
            var place = places[i].Place.Span;
            batch.Remove(place);
            batch.Remove(KeyLayout.Change(KeyLayout.RevisionOf(place), KeyLayout.SubOf(place)));
            var key = KeyLayout.KeyOf(place);
            var current = KeyLayout.Current(key);
            if (places[i].IsNewest && batch.TryGet(current, out var record))
            {
                LeaseTable.Move(batch, key, KeyValueRecord.Decode(key, record).Lease, 0);
                batch.Remove(current);
            }
        }

        return (ulong)places.Count;
    }

    private static ulong ClearLeases(ChangeWriter writer, ulong most)
    {
        var leases = most == 0 ? [] : LeaseTable.All(writer.Batch);
        var cleared = 0UL;
        for (var i = 0; i < leases.Count && cleared < most; i++)
        {
            LeaseTable.Remove(writer, leases[i]);
            cleared++;
        }

        return cleared;
    }
}
