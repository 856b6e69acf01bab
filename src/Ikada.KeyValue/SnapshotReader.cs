namespace Ikada.KeyValue;

/// <summary>Fills an empty batch from a snapshot that comes in pieces. What it has put into the batch counts
/// only once <see cref="SnapshotParser.Complete"/> has found the checksum right.</summary>
internal sealed class SnapshotReader(IOrderedBatch batch) : SnapshotParser
{
    private byte[] _last = [];

    protected override void Add(byte mark, byte[] key, byte[] value)
    {
        if (mark == KeyValueSnapshot.MemberMark && key.AsSpan().StartsWith(KeyLayout.MemberPrefix))
        {
            batch.Put(key, value);
        }
        else if (mark == KeyValueSnapshot.AlarmsMark
            && key.AsSpan().SequenceEqual(KeyLayout.AlarmsKey) && AlarmTable.IsValid(value))
        {
            batch.Put(key, value);
        }
        else if (mark == KeyValueSnapshot.MigrationMark && KeyValueMigration.IsValid(key, value))
        {
            batch.Put(key, value);
        }
        else if (mark == KeyValueSnapshot.VersionMark)
        {
            AddVersion(key, value);
        }
        else if (mark == KeyValueSnapshot.LeaseMark && KeyValueLease.TryDecode(key, value, out var lease))
        {
            batch.Put(key, value);
            batch.Put(KeyLayout.Renewal(lease.RenewedAt, lease.Id), []);
        }
        else
        {
            throw Invalid();
        }
    }

    /// <summary>Versions come newest first within a key, so the first one is the current one, unless it is
    /// a deletion. What was changed when, they say too.</summary>
    private void AddVersion(byte[] place, byte[] record)
    {
        batch.Put(place, record);
        var key = KeyLayout.KeyOf(place);
        if (!KeyLayout.IsSameKey(place, _last) && !KeyValueRecord.IsDeletion(record))
        {
            batch.Put(KeyLayout.Current(key), record);
            LeaseTable.Move(batch, key, 0, KeyValueRecord.Decode(key, record).Lease);
        }

        var revision = KeyLayout.RevisionOf(place);
        if (revision >= State.Compacted)
        {
            batch.Put(KeyLayout.Change(revision, KeyLayout.SubOf(place)), key);
        }

        _last = place;
    }
}
