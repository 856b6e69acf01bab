namespace Ikada.KeyValue;

/// <summary>What a command did.</summary>
public sealed record KeyValueResult
{
    private const byte FormatVersion = 2;
    private static readonly KeyValueResult Malformed = new() { Error = KeyValueError.Malformed };

    /// <summary>Why it did nothing, or None.</summary>
    public KeyValueError Error { get; init; }

    /// <summary>The revision it made, or the current one where it made none.</summary>
    public long Revision { get; init; }

    /// <summary>How many keys it deleted.</summary>
    public long Deleted { get; init; }

    /// <summary>What stood there before, where asked for: of a put at most one, of a deletion every key
    /// deleted.</summary>
    public IReadOnlyList<KeyValueItem> Previous { get; init; } = [];

    /// <summary>Of a transaction: whether all conditions held.</summary>
    public bool Succeeded { get; init; }

    /// <summary>Of a transaction: what each operation of the branch taken gave, in order.</summary>
    public IReadOnlyList<OperationResult> Responses { get; init; } = [];

    /// <summary>Of a renewal: the granted time of each lease in seconds, 0 for one that does not
    /// exist.</summary>
    public IReadOnlyList<long> TimesToLive { get; init; } = [];

    /// <summary>Encodes it: format version, error, revision, deleted, number of previous items, the
    /// items, whether it succeeded, number of responses, the responses, number
    /// of times, the times.</summary>
    public byte[] Encode()
    {
        var responses = new byte[Responses.Count][];
        var length = 2 + ByteWriter.LengthOfVarint(Revision) + ByteWriter.LengthOfVarint(Deleted)
            + ByteWriter.LengthOfVarint(Previous.Count);
        for (var i = 0; i < Previous.Count; i++)
        {
            length += Previous[i].EncodedLength;
        }

        length += 1 + ByteWriter.LengthOfVarint(responses.Length);
        for (var i = 0; i < responses.Length; i++)
        {
            responses[i] = Responses[i].Encode();
            length += ByteWriter.LengthOfBytes(responses[i]);
        }

        length += ByteWriter.LengthOfVarint(TimesToLive.Count);
        for (var i = 0; i < TimesToLive.Count; i++)
        {
            length += ByteWriter.LengthOfVarint(TimesToLive[i]);
        }

        var bytes = new byte[length];
        var writer = new ByteWriter(bytes);
        writer.WriteByte(FormatVersion);
        writer.WriteByte((byte)Error);
        writer.WriteVarint(Revision);
        writer.WriteVarint(Deleted);
        writer.WriteVarint(Previous.Count);
        for (var i = 0; i < Previous.Count; i++)
        {
            Previous[i].Write(ref writer);
        }

        writer.WriteByte(Succeeded ? (byte)1 : (byte)0);
        writer.WriteVarint(responses.Length);
        foreach (var response in responses)
        {
            writer.WriteBytes(response);
        }

        writer.WriteVarint(TimesToLive.Count);
        for (var i = 0; i < TimesToLive.Count; i++)
        {
            writer.WriteVarint(TimesToLive[i]);
        }

        return bytes;
    }

    /// <summary>Decodes what <see cref="Encode"/> wrote. False on any malformed input.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, out KeyValueResult result)
    {
        result = Malformed;
        var reader = new ByteReader(bytes);
        if (!reader.TryReadByte(out var format) || format != FormatVersion
            || !reader.TryReadByte(out var error)
            || !reader.TryReadSigned(out var revision)
            || !reader.TryReadSigned(out var deleted)
            || !reader.TryReadVarint(out var count) || count > (ulong)reader.Remaining)
        {
            return false;
        }

        // Most have none.
        List<KeyValueItem>? previous = count == 0 ? null : [];
        for (var i = 0UL; i < count; i++)
        {
            if (!KeyValueItem.TryRead(ref reader, out var item))
            {
                return false;
            }

            previous!.Add(item);
        }

        if (!reader.TryReadByte(out var succeeded) || succeeded > 1
            || !TryReadResponses(ref reader, out var responses) || !TryReadTimes(ref reader, out var times))
        {
            return false;
        }

        result = new KeyValueResult
        {
            Error = (KeyValueError)error,
            Revision = revision,
            Deleted = deleted,
            Previous = previous ?? (IReadOnlyList<KeyValueItem>)[],
            Succeeded = succeeded == 1,
            Responses = responses,
            TimesToLive = times,
        };
        return reader.AtEnd;
    }

    private static bool TryReadTimes(ref ByteReader reader, out IReadOnlyList<long> times)
    {
        times = [];
        if (!reader.TryReadVarint(out var count) || count > (ulong)reader.Remaining)
        {
            return false;
        }

        if (count == 0)
        {
            return true;
        }

        var read = new List<long>();
        times = read;

        for (var i = 0UL; i < count; i++)
        {
            if (!reader.TryReadSigned(out var time))
            {
                return false;
            }

            read.Add(time);
        }

        return true;
    }

    private static bool TryReadResponses(ref ByteReader reader, out IReadOnlyList<OperationResult> responses)
    {
        responses = [];
        if (!reader.TryReadVarint(out var count) || count > (ulong)reader.Remaining)
        {
            return false;
        }

        if (count == 0)
        {
            return true;
        }

        var read = new List<OperationResult>();
        responses = read;

        for (var i = 0UL; i < count; i++)
        {
            if (!reader.TryReadBytes(out var bytes) || !OperationResult.TryDecode(bytes, out var response))
            {
                return false;
            }

            read.Add(response);
        }

        return true;
    }
}
