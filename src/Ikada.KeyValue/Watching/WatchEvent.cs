namespace Ikada.KeyValue;

/// <summary>
/// A change as watchers get it. All watchers of a key share this object and with it the encoding: one with
/// the previous item, one without, each made once, by the first watcher that needs it.
/// </summary>
public sealed class WatchEvent(KeyValueChange change)
{
    private ReadOnlyMemory<byte> _plain;
    private ReadOnlyMemory<byte> _withPrevious;

    /// <summary>What was changed.</summary>
    public KeyValueChange Change { get; } = change;

    /// <summary>The revision that made it.</summary>
    public long Revision => Change.Revision;

    /// <summary>The encoding, once <see cref="Prepare"/> has made it. Immutable.</summary>
    public ReadOnlyMemory<byte> Encoded(bool withPrevious) =>
        withPrevious && Change.Previous is not null ? _withPrevious : _plain;

    /// <summary>Makes the encoding unless it is there; returns its length.</summary>
    internal int Prepare(IWatchEventEncoder encoder, bool withPrevious)
    {
        ref var encoded = ref withPrevious && Change.Previous is not null ? ref _withPrevious : ref _plain;
        if (encoded.IsEmpty)
        {
            encoded = encoder.Encode(Change, withPrevious);
        }

        return encoded.Length;
    }
}

/// <summary>Makes the bytes of an event, whatever the protocol is.</summary>
public interface IWatchEventEncoder
{
    /// <summary>Encodes a change; never empty.</summary>
    ReadOnlyMemory<byte> Encode(in KeyValueChange change, bool withPrevious);
}
