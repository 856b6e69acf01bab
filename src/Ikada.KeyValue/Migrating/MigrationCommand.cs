namespace Ikada.KeyValue;

/// <summary>
/// The command by which a store is filled from another one, in steps of any size: begin; keys, in any number
/// of steps; then what has happened since, revision by revision; leases now and then; at last, open. Each
/// step has a number, and one that comes again does nothing: so a step of unknown fate is simply sent again.
/// docs/internals/key-value.md names every byte.
/// </summary>
public static class MigrationCommand
{
    private const byte PutKind = 1;
    private const byte DeletionKind = 2;

    /// <summary>Begins to fill an empty store.</summary>
    /// <param name="id">Of the migration; not 0.</param>
    /// <param name="sourceCluster">Whose keys they are.</param>
    /// <param name="revision">The revision whose keys are copied, at least 1. What was changed by that
    /// revision itself is not copied: it is the first of the changes.</param>
    public static byte[] EncodeBegin(ulong id, ulong sourceCluster, long revision)
    {
        var bytes = new byte[19 + ByteWriter.LengthOfVarint(revision)];
        var writer = Start(bytes, MigrationStep.Begin);
        writer.WriteNumber(id);
        writer.WriteNumber(sourceCluster);
        writer.WriteVarint(revision);
        return bytes;
    }

    /// <summary>Takes a migration over that is following, from whoever carried it out before.</summary>
    public static byte[] EncodeClaim(ulong id, ulong newId)
    {
        var bytes = new byte[19];
        var writer = Start(bytes, MigrationStep.Claim);
        writer.WriteNumber(id);
        writer.WriteNumber(newId);
        return bytes;
    }

    /// <summary>Gives a migration up, whosever it is, and removes what it brought: to be sent until there is
    /// no migration any more.</summary>
    /// <param name="entriesMax">About how many versions or leases are removed, at least 1.</param>
    public static byte[] EncodeClear(int entriesMax)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(entriesMax, 1);
        var bytes = new byte[3 + ByteWriter.LengthOfVarint(entriesMax)];
        var writer = Start(bytes, MigrationStep.Clear);
        writer.WriteVarint(entriesMax);
        return bytes;
    }

    /// <summary>Brings keys, each once, all last put before the copied revision.</summary>
    public static byte[] EncodeKeys(ulong id, ulong step, IReadOnlyList<KeyValueItem> items)
    {
        var length = 0;
        for (var i = 0; i < items.Count; i++)
        {
            length += items[i].EncodedLength;
        }

        var bytes = Numbered(MigrationStep.Keys, id, step, length, out var writer);
        for (var i = 0; i < items.Count; i++)
        {
            items[i].Write(ref writer);
        }

        return bytes;
    }

    /// <summary>Brings leases; a key comes after its lease. One that is there already gets the time that is
    /// said.</summary>
    public static byte[] EncodeLeases(ulong id, ulong step, IReadOnlyList<MigratedLease> leases)
    {
        var length = 0;
        for (var i = 0; i < leases.Count; i++)
        {
            length += ByteWriter.LengthOfVarint(leases[i].Id)
                + ByteWriter.LengthOfVarint(leases[i].TimeToLive)
                + ByteWriter.LengthOfVarint(leases[i].Remaining);
        }

        var bytes = Numbered(MigrationStep.Leases, id, step, length, out var writer);
        for (var i = 0; i < leases.Count; i++)
        {
            writer.WriteVarint(leases[i].Id);
            writer.WriteVarint(leases[i].TimeToLive);
            writer.WriteVarint(leases[i].Remaining);
        }

        return bytes;
    }

    /// <summary>Brings changes in their order, from the copied revision on. All keys have been copied
    /// then.</summary>
    /// <param name="id">Of the migration.</param>
    /// <param name="step">Its number.</param>
    /// <param name="changes">What was put, and what was deleted by which revision. May be none.</param>
    /// <param name="goesOn">All are of one revision, and more of it come with the next step: none of it is to
    /// be seen before.</param>
    public static byte[] EncodeChanges(
        ulong id, ulong step, IReadOnlyList<KeyValueChange> changes, bool goesOn)
    {
        var length = 1;
        for (var i = 0; i < changes.Count; i++)
        {
            length += 1 + (changes[i].IsDeletion
                ? ByteWriter.LengthOfBytes(changes[i].Item.Key.Span)
                    + ByteWriter.LengthOfVarint(changes[i].Revision)
                : changes[i].Item.EncodedLength);
        }

        var bytes = Numbered(MigrationStep.Changes, id, step, length, out var writer);
        writer.WriteByte(goesOn ? (byte)1 : (byte)0);
        for (var i = 0; i < changes.Count; i++)
        {
            writer.WriteByte(changes[i].IsDeletion ? DeletionKind : PutKind);
            if (changes[i].IsDeletion)
            {
                writer.WriteBytes(changes[i].Item.Key.Span);
                writer.WriteVarint(changes[i].Revision);
            }
            else
            {
                changes[i].Item.Write(ref writer);
            }
        }

        return bytes;
    }

    /// <summary>Ends the migration: the store is one like any other.</summary>
    /// <param name="id">Of the migration.</param>
    /// <param name="step">Its number.</param>
    /// <param name="revision">Where the store must stand; else nothing happens.</param>
    public static byte[] EncodeOpen(ulong id, ulong step, long revision)
    {
        var bytes = Numbered(
            MigrationStep.Open, id, step, ByteWriter.LengthOfVarint(revision), out var writer);
        writer.WriteVarint(revision);
        return bytes;
    }

    /// <summary>Whether a command of this kind makes the data larger.</summary>
    internal static bool Grows(ReadOnlySpan<byte> command) =>
        command.Length > 2 && (MigrationStep)command[2] is MigrationStep.Keys or MigrationStep.Leases
            or MigrationStep.Changes;

    internal static bool TryReadKeys(ReadOnlySpan<byte> bytes, out List<KeyValueItem> items)
    {
        items = [];
        var reader = new ByteReader(bytes);
        while (!reader.AtEnd)
        {
            if (!KeyValueItem.TryRead(ref reader, out var item) || !IsVersion(item))
            {
                return false;
            }

            items.Add(item);
        }

        return true;
    }

    internal static bool TryReadLeases(ReadOnlySpan<byte> bytes, out List<MigratedLease> leases)
    {
        leases = [];
        var reader = new ByteReader(bytes);
        while (!reader.AtEnd)
        {
            if (!reader.TryReadSigned(out var id) || id == 0
                || !reader.TryReadSigned(out var time) || time < 0
                || !reader.TryReadSigned(out var remaining))
            {
                return false;
            }

            leases.Add(new MigratedLease(id, time, remaining));
        }

        return true;
    }

    /// <summary>Reads changes; revisions never fall.</summary>
    internal static bool TryReadChanges(ReadOnlySpan<byte> bytes, out List<KeyValueChange> changes)
    {
        changes = [];
        var reader = new ByteReader(bytes);
        var last = 1L;
        while (!reader.AtEnd)
        {
            if (!TryReadChange(ref reader, out var change) || change.Revision < last)
            {
                return false;
            }

            last = change.Revision;
            changes.Add(change);
        }

        return true;
    }

    private static bool TryReadChange(ref ByteReader reader, out KeyValueChange change)
    {
        change = default;
        if (!reader.TryReadByte(out var kind) || kind is not (PutKind or DeletionKind))
        {
            return false;
        }

        if (kind == PutKind)
        {
            var isPut = KeyValueItem.TryRead(ref reader, out var item) && IsVersion(item);
            change = new KeyValueChange(IsDeletion: false, item, null);
            return isPut;
        }

        if (!reader.TryReadBytes(out var key) || key.IsEmpty || !reader.TryReadSigned(out var revision))
        {
            return false;
        }

        change = new KeyValueChange(
            IsDeletion: true, new KeyValueItem(key.ToArray(), 0, revision, 0, 0, default), null);
        return true;
    }

    private static bool IsVersion(in KeyValueItem item) =>
        !item.Key.IsEmpty && item.CreateRevision > 1 && item.CreateRevision <= item.ModRevision
        && item.Version > 0;

    private static byte[] Numbered(
        MigrationStep kind, ulong id, ulong step, int length, out ByteWriter writer)
    {
        var bytes = new byte[11 + ByteWriter.LengthOfVarint(step) + length];
        writer = Start(bytes, kind);
        writer.WriteNumber(id);
        writer.WriteVarint(step);
        return bytes;
    }

    private static ByteWriter Start(byte[] bytes, MigrationStep kind)
    {
        var writer = new ByteWriter(bytes);
        writer.WriteByte((byte)CommandKind.Migration);
        writer.WriteByte(KeyValueCommand.FormatVersion);
        writer.WriteByte((byte)kind);
        return writer;
    }
}

/// <summary>What a step of a migration does. The numbers are in the log: never reuse one.</summary>
internal enum MigrationStep : byte
{
    Begin = 1,
    Keys = 2,
    Leases = 3,
    Changes = 4,
    Open = 5,
    Claim = 6,
    Clear = 7,
}
