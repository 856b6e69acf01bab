using Ikada.Primitives;

namespace Ikada.KeyValue;

/// <summary>How far a store is that is filled from another one. The numbers are in snapshots.</summary>
public enum MigrationPhase : byte
{
    /// <summary>It was never filled from another one.</summary>
    None = 0,

    /// <summary>It gets the keys that stood in the other one at one revision.</summary>
    Copying = 1,

    /// <summary>It has them, and follows what has happened to them since.</summary>
    Following = 2,

    /// <summary>The migration was given up; what it brought is being removed.</summary>
    Clearing = 3,

    /// <summary>It is done: the store is one like any other.</summary>
    Done = 4,
}

/// <summary>A migration, as a store knows it: filled from another one, whose revisions it keeps. Until it is
/// done, the store takes nothing but the steps of the migration.</summary>
/// <param name="Phase">How far it is.</param>
/// <param name="Id">Chosen by whoever carries it out; steps of another are refused.</param>
/// <param name="SourceCluster">Which cluster the other store is of.</param>
/// <param name="CopiedRevision">The revision whose keys are copied.</param>
/// <param name="NextStep">The number of the step that is wanted next; those before it are done.</param>
public readonly record struct KeyValueMigration(
    MigrationPhase Phase, ulong Id, ulong SourceCluster, long CopiedRevision, ulong NextStep)
{
    /// <summary>Whether the store takes nothing else.</summary>
    public bool IsUnderWay => Phase is not (MigrationPhase.None or MigrationPhase.Done);

    internal byte[] Encode()
    {
        var record = new byte[17 + ByteWriter.LengthOfVarint(CopiedRevision)
            + ByteWriter.LengthOfVarint(NextStep)];
        var writer = new ByteWriter(record);
        writer.WriteByte((byte)Phase);
        writer.WriteNumber(Id);
        writer.WriteNumber(SourceCluster);
        writer.WriteVarint(CopiedRevision);
        writer.WriteVarint(NextStep);
        return record;
    }

    internal static bool TryDecode(ReadOnlySpan<byte> record, out KeyValueMigration migration)
    {
        migration = default;
        var reader = new ByteReader(record);
        if (!reader.TryReadByte(out var phase) || phase is < 1 or > (byte)MigrationPhase.Done
            || !reader.TryReadNumber(out var id)
            || !reader.TryReadNumber(out var cluster)
            || !reader.TryReadSigned(out var revision) || revision < 1
            || !reader.TryReadVarint(out var next))
        {
            return false;
        }

        migration = new KeyValueMigration((MigrationPhase)phase, id, cluster, revision, next);
        return reader.AtEnd;
    }

    internal static KeyValueMigration Load(IOrderedView view)
    {
        if (!view.TryGet(KeyLayout.MigrationKey, out var record))
        {
            return default;
        }

        var valid = TryDecode(record.Span, out var migration);
        Invariant.Check(
            valid, $"the record of the migration has {record.Length} bytes and is not one of ours");
        return migration;
    }

    /// <summary>Whether bytes from outside are something that a migration keeps.</summary>
    internal static bool IsValid(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) =>
        key.SequenceEqual(KeyLayout.MigrationKey)
            ? TryDecode(value, out _)
            : KeyLayout.IsMigrationPiece(key) && MigrationCommand.TryReadChanges(value, out _);
}

/// <summary>A lease as another store has it.</summary>
/// <param name="Id">Whose; not 0.</param>
/// <param name="TimeToLive">For how long it was granted, in seconds; 0: the other store has it no
/// more.</param>
/// <param name="Remaining">What it has left in seconds; less than 1 counts as 1.</param>
public readonly record struct MigratedLease(long Id, long TimeToLive, long Remaining);
