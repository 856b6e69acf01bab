namespace Ikada.Wire;

/// <summary>
/// The sizes and numbers of format version 1. <c>docs/internals/wire-format.md</c> draws every byte; what is
/// said there and here is never changed, only followed by a version 2.
/// </summary>
public static class WireFormat
{
    /// <summary>The format version written, and the only one read. Hello, accept and reject stay in version 1
    /// in all versions to come: they are read before a version is agreed on.</summary>
    public const ushort Version = 1;

    /// <summary>All versions that this build speaks.</summary>
    public static VersionRange Versions { get; } = new(Version, Version);

    /// <summary>The first four bytes of a frame, "IKDF", read as a little-endian number.</summary>
    public const uint Magic = 0x46444B49;

    /// <summary>The bytes before the payload.</summary>
    public const int HeaderBytes = 60;

    /// <summary>The bytes of a message's fields, before its entries.</summary>
    public const int MessageBytes = 68;

    /// <summary>The bytes of an entry besides its body, in an Append.</summary>
    public const int EntryBytes = 18;

    /// <summary>The same in other messages, where the index is not implied by the position.</summary>
    public const int IndexedEntryBytes = EntryBytes + 8;

    /// <summary>The payload of <see cref="FrameType.Hello"/> and <see cref="FrameType.Accept"/>.</summary>
    public const int GreetingBytes = 16;

    /// <summary>The payload of <see cref="FrameType.Reject"/> before its text.</summary>
    public const int RejectionBytes = 4;

    /// <summary>The longest text of a rejection.</summary>
    public const int RejectionTextBytesMax = 1024;

    /// <summary>The longest <see cref="FrameType.Ask"/> frame: no more is waited for from a
    /// stranger.</summary>
    public const int AskBytesMax = FrameBytesMaxLeast;

    /// <summary>The longest <see cref="FrameType.Tell"/> frame: it holds a membership.</summary>
    public const int TellBytesMax = 1 << 20;

    /// <summary>The default limit of a frame, in bytes.</summary>
    public const int FrameBytesMaxDefault = 16 << 20;

    /// <summary>The smallest limit of a frame that can be set, in bytes.</summary>
    public const int FrameBytesMaxLeast = 4096;
}
