namespace Ikada.Wire;

/// <summary>What a frame is. The numbers are on the wire: never reuse one.</summary>
public enum FrameType : byte
{
    /// <summary>Not a frame.</summary>
    None = 0,

    /// <summary>The first frame of a connection, from the one who dialled.</summary>
    Hello = 1,

    /// <summary>The answer to <see cref="Hello"/>: messages may follow.</summary>
    Accept = 2,

    /// <summary>The other answer: the connection closes, and here is why.</summary>
    Reject = 3,

    /// <summary>A <see cref="Hello"/> for a connection beside the first one, which carries pieces of
    /// snapshots only.</summary>
    SnapshotHello = 4,

    /// <summary>A <see cref="Question"/>, as the only frame of a connection, from one who need not be a
    /// member.</summary>
    Ask = 8,

    /// <summary>The <see cref="Answer"/> to it; the connection closes.</summary>
    Tell = 9,

    /// <summary>A consensus message with its entries.</summary>
    Message = 16,
}
