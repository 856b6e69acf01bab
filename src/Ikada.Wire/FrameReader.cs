using System.Buffers.Binary;
using System.Text;
using Ikada.Primitives;

namespace Ikada.Wire;

/// <summary>
/// Reads the frame at the head of a run of bytes. Nothing of a frame is believed before its checksum holds:
/// first the header's, so that its length can be waited for, then the payload's. Call <see cref="TryRead"/>,
/// then the method of the frame's type. What comes out owns its bytes; the input is not held.
/// </summary>
/// <param name="bytes">The bytes, from the first of a frame on.</param>
/// <param name="frameBytesMax">The longest frame taken.</param>
public ref struct FrameReader(ReadOnlySpan<byte> bytes, int frameBytesMax)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>The header, after <see cref="TryRead"/>; on <see cref="WireErrorKind.Incomplete"/>, where it
    /// is there already.</summary>
    public FrameHeader Header { get; private set; }

    /// <summary>What is wrong, after a method has returned false.</summary>
    public WireError Error { get; private set; } = WireError.None;

    /// <summary>How many bytes the frame takes, as far as known: at least those of a header.</summary>
    public readonly int BytesNeeded => Math.Max(WireFormat.HeaderBytes, Header.LengthBytes);

    private readonly ReadOnlySpan<byte> Payload => _bytes[WireFormat.HeaderBytes..Header.LengthBytes];

    /// <summary>Reads the header and checks the whole frame. False with
    /// <see cref="WireErrorKind.Incomplete"/>: more bytes are needed; with any other error: the stream cannot
    /// be read on.</summary>
    public bool TryRead()
    {
        Error = WireError.None;
        if (!TryReadHeader())
        {
            return false;
        }

        if (_bytes.Length < Header.LengthBytes)
        {
            return Incomplete();
        }

        var expected = BinaryPrimitives.ReadUInt32LittleEndian(_bytes[12..]);
        var found = Crc32C.Compute(Payload);
        return expected == found
            || Fail(
                WireErrorKind.WrongChecksum,
                $"frame payload has checksum {found:x8}, its header says {expected:x8}");
    }

    /// <summary>Reads the payload of <see cref="FrameType.Message"/>, checking each entry's own
    /// checksum.</summary>
    /// <param name="message">The message.</param>
    /// <param name="entries">Its entries. All bodies share one array that they own.</param>
    public bool TryReadMessage(out Consensus.Message message, out LogEntry[] entries)
    {
        if (!HasType(FrameType.Message))
        {
            (message, entries) = (default, []);
            return false;
        }

        var error = MessageReader.Read(Payload, Header, out message, out entries);
        Error = error;
        return error.Kind == WireErrorKind.None;
    }

    /// <summary>Reads the payload of <see cref="FrameType.Hello"/>, <see cref="FrameType.SnapshotHello"/> or
    /// <see cref="FrameType.Accept"/>.</summary>
    public bool TryReadGreeting(out Greeting greeting)
    {
        greeting = default;
        if (Header.Type is not (FrameType.Hello or FrameType.SnapshotHello) && !HasType(FrameType.Accept))
        {
            return false;
        }

        var payload = Payload;
        if (payload.Length != WireFormat.GreetingBytes)
        {
            return Fail(
                WireErrorKind.Malformed,
                $"a greeting has {payload.Length} bytes, not {WireFormat.GreetingBytes}");
        }

        var frameBytes = BinaryPrimitives.ReadInt32LittleEndian(payload[12..]);
        if (frameBytes < WireFormat.FrameBytesMaxLeast)
        {
            return Fail(
                WireErrorKind.Malformed,
                $"a greeting has a frame limit of {frameBytes} bytes; "
                + $"the least is {WireFormat.FrameBytesMaxLeast}");
        }

        greeting = new Greeting(
            new ClusterId(BinaryPrimitives.ReadUInt64LittleEndian(payload)),
            BinaryPrimitives.ReadUInt16LittleEndian(payload[8..]),
            BinaryPrimitives.ReadUInt16LittleEndian(payload[10..]),
            frameBytes);
        return true;
    }

    /// <summary>Reads the payload of <see cref="FrameType.Reject"/>.</summary>
    public bool TryReadRejection(out Rejection rejection)
    {
        rejection = default;
        if (!HasType(FrameType.Reject))
        {
            return false;
        }

        var payload = Payload;
        var textBytes = payload.Length - WireFormat.RejectionBytes;
        if (textBytes is < 0 or > WireFormat.RejectionTextBytesMax
            || textBytes != BinaryPrimitives.ReadUInt16LittleEndian(payload[2..]))
        {
            return Fail(
                WireErrorKind.Malformed,
                $"a rejection has {payload.Length} bytes, which its text does not fill");
        }

        rejection = new Rejection(
            (RejectReason)payload[0], Encoding.UTF8.GetString(payload[WireFormat.RejectionBytes..]));
        return true;
    }

    /// <summary>Reads the payload of <see cref="FrameType.Ask"/>.</summary>
    public bool TryReadQuestion(out Question question)
    {
        question = null!;
        return HasType(FrameType.Ask)
            && (Question.TryDecode(Payload) is { } read
                ? (question = read) is not null
                : Fail(WireErrorKind.Malformed, "a question cannot be read; it may be of a newer version"));
    }

    /// <summary>Reads the payload of <see cref="FrameType.Tell"/>.</summary>
    public bool TryReadAnswer(out Answer answer)
    {
        answer = null!;
        return HasType(FrameType.Tell)
            && (Answer.TryDecode(Payload) is { } read
                ? (answer = read) is not null
                : Fail(WireErrorKind.Malformed, "an answer cannot be read; it may be of a newer version"));
    }

    private bool TryReadHeader()
    {
        // Magic and version come first: what does not begin like a frame of ours is refused by its first
        // bytes.
        if (_bytes.Length >= 4 && BinaryPrimitives.ReadUInt32LittleEndian(_bytes) is var magic
            && magic != WireFormat.Magic)
        {
            return Fail(
                WireErrorKind.WrongMagic,
                $"a frame starts with {WireFormat.Magic:x8}, not {magic:x8}");
        }

        if (_bytes.Length >= 6 && BinaryPrimitives.ReadUInt16LittleEndian(_bytes[4..]) is var version
            && version != WireFormat.Version)
        {
            return Fail(
                WireErrorKind.UnsupportedVersion,
                $"frame has format version {version}; this build reads {WireFormat.Versions}: run a newer "
                + "Ikada on the older of the two");
        }

        if (_bytes.Length < WireFormat.HeaderBytes)
        {
            return Incomplete();
        }

        var expected = BinaryPrimitives.ReadUInt32LittleEndian(_bytes[56..]);
        var found = Crc32C.Compute(_bytes[..56]);
        return expected == found
            ? TakeHeader()
            : Fail(
                WireErrorKind.WrongChecksum,
                $"frame header has checksum {found:x8}, it says {expected:x8}");
    }

    private bool TakeHeader()
    {
        var type = (FrameType)_bytes[6];
        if (type is not (FrameType.Hello or FrameType.SnapshotHello or FrameType.Accept or FrameType.Reject
            or FrameType.Ask or FrameType.Tell or FrameType.Message))
        {
            return Fail(WireErrorKind.UnknownFrameType, $"frame type {_bytes[6]} is not known in version 1");
        }

        var length = BinaryPrimitives.ReadUInt32LittleEndian(_bytes[8..]);
        if (_bytes[7] != 0 || length < WireFormat.HeaderBytes)
        {
            return Fail(
                WireErrorKind.Malformed,
                $"frame has flags {_bytes[7]} and a length of {length} bytes");
        }

        if (length > (uint)frameBytesMax)
        {
            return Fail(
                WireErrorKind.FrameTooLarge,
                $"frame of {length} bytes is over the limit of {frameBytesMax} bytes");
        }

        Header = new FrameHeader(
            type,
            (int)length,
            new GroupId(BinaryPrimitives.ReadUInt64LittleEndian(_bytes[16..])),
            new NodeId(BinaryPrimitives.ReadUInt64LittleEndian(_bytes[32..])),
            new FrameSender(
                new NodeId(BinaryPrimitives.ReadUInt64LittleEndian(_bytes[24..])),
                new Incarnation(BinaryPrimitives.ReadUInt64LittleEndian(_bytes[40..])),
                new StartCount(BinaryPrimitives.ReadUInt64LittleEndian(_bytes[48..]))));
        return true;
    }

    private bool HasType(FrameType wanted) => Header.Type == wanted
        || Fail(WireErrorKind.UnknownFrameType, $"frame is {Header.Type} where {wanted} is expected");

    private bool Incomplete()
    {
        // No text with numbers here: on a stream this is no error and comes with every partial read.
        Error = new WireError(WireErrorKind.Incomplete, "the frame goes on beyond the bytes at hand");
        return false;
    }

    private bool Fail(WireErrorKind kind, string text)
    {
        Error = new WireError(kind, text);
        return false;
    }
}
