using Ikada.Primitives;

namespace Ikada.KeyValue;

/// <summary>What a snapshot of the store says first: enough to know what it is without reading it
/// all.</summary>
/// <param name="Applied">The index of the last entry in it.</param>
/// <param name="Revision">The store's revision: 1 for an empty store.</param>
public readonly record struct SnapshotHead(LogIndex Applied, long Revision)
{
    /// <summary>How many bytes of a snapshot have to be at hand.</summary>
    public static int Bytes => KeyValueSnapshot.Magic.Length + 1 + StoreState.Initial.Encode().Length;

    /// <summary>Reads it. Says nothing about what follows: that is covered by the checksum at its
    /// end.</summary>
    /// <param name="start">The first <see cref="Bytes"/> of a snapshot, or more.</param>
    /// <exception cref="InvalidDataException">It is no snapshot of this store, or one of another format; says
    /// which.</exception>
    public static SnapshotHead Read(ReadOnlySpan<byte> start)
    {
        if (start.Length < Bytes || !start.StartsWith(KeyValueSnapshot.Magic))
        {
            throw new InvalidDataException(
                "it is no snapshot of this key-value store: its first bytes differ");
        }

        var version = start[KeyValueSnapshot.Magic.Length];
        if (version != KeyValueSnapshot.FormatVersion)
        {
            throw new InvalidDataException(
                $"it has format version {version}, this program reads {KeyValueSnapshot.FormatVersion}: "
                + "use the program that made it, or a newer one");
        }

        var reader = new ByteReader(start[(KeyValueSnapshot.Magic.Length + 1)..Bytes]);
        return StoreState.TryRead(ref reader, out var state)
            ? new SnapshotHead(state.Applied, state.Revision)
            : throw new InvalidDataException("the state record in its head is not one of this store");
    }
}
