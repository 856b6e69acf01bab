namespace Ikada.Wire;

/// <summary>What is wrong with received bytes.</summary>
public enum WireErrorKind : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The frame goes on beyond the bytes given; not an error on a stream.</summary>
    Incomplete,

    /// <summary>The bytes do not begin a frame: another protocol, or the stream is out of step.</summary>
    WrongMagic,

    /// <summary>Another format version.</summary>
    UnsupportedVersion,

    /// <summary>Longer than the limit.</summary>
    FrameTooLarge,

    /// <summary>The header, the payload or an entry is not what was sent.</summary>
    WrongChecksum,

    /// <summary>A frame type this version does not know.</summary>
    UnknownFrameType,

    /// <summary>A message type this version does not know.</summary>
    UnknownMessageType,

    /// <summary>An entry kind this version does not know.</summary>
    UnknownEntryKind,

    /// <summary>Lengths or fields that contradict each other.</summary>
    Malformed,
}

/// <summary>A typed refusal of received bytes.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Text">What was found and what was expected, with the numbers.</param>
public readonly record struct WireError(WireErrorKind Kind, string Text)
{
    /// <summary>Nothing is wrong.</summary>
    public static WireError None { get; } = new(WireErrorKind.None, string.Empty);

    /// <inheritdoc/>
    public override string ToString() => Text;
}
