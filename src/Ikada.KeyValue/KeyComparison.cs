namespace Ikada.KeyValue;

/// <summary>How what is stored must stand to what is given. The numbers are etcd's.</summary>
public enum ComparisonResult
{
    /// <summary>They are equal.</summary>
    Equal = 0,

    /// <summary>The stored one is greater.</summary>
    Greater = 1,

    /// <summary>The stored one is less.</summary>
    Less = 2,

    /// <summary>They differ.</summary>
    NotEqual = 3,
}

/// <summary>What of a key is compared. The numbers are etcd's.</summary>
public enum ComparisonTarget
{
    /// <summary>The version.</summary>
    Version = 0,

    /// <summary>The create revision.</summary>
    Create = 1,

    /// <summary>The mod revision.</summary>
    Mod = 2,

    /// <summary>The value, bytewise.</summary>
    Value = 3,

    /// <summary>The lease.</summary>
    Lease = 4,
}

/// <summary>
/// A condition of a transaction. It must hold for every key of the range. Where the range has no key, it is
/// judged as if by one whose numbers are all 0, but none about a value holds. As with etcd, an unknown
/// result always holds and an unknown target counts as equal.
/// </summary>
/// <param name="Range">The keys compared.</param>
/// <param name="Target">What of them.</param>
/// <param name="Result">How it must stand to what is given.</param>
/// <param name="Number">What is given, unless the target is the value.</param>
/// <param name="Value">What is given if it is.</param>
public readonly record struct KeyComparison(
    KeyRange Range,
    ComparisonTarget Target,
    ComparisonResult Result,
    long Number,
    ReadOnlyMemory<byte> Value)
{
    internal int EncodedLength => 2 + ByteWriter.LengthOfBytes(Range.Key.Span)
        + ByteWriter.LengthOfBytes(Range.End.Span) + ByteWriter.LengthOfVarint(Number)
        + ByteWriter.LengthOfBytes(Value.Span);

    internal void Write(ref ByteWriter writer)
    {
        writer.WriteByte((byte)Target);
        writer.WriteByte((byte)Result);
        writer.WriteBytes(Range.Key.Span);
        writer.WriteBytes(Range.End.Span);
        writer.WriteVarint(Number);
        writer.WriteBytes(Value.Span);
    }

    internal static bool TryRead(ref ByteReader reader, out KeyComparison comparison)
    {
        comparison = default;
        if (!reader.TryReadByte(out var target) || !reader.TryReadByte(out var result)
            || !reader.TryReadBytes(out var key) || !reader.TryReadBytes(out var end)
            || !reader.TryReadSigned(out var number) || !reader.TryReadBytes(out var value))
        {
            return false;
        }

        comparison = new KeyComparison(
            new KeyRange(key.ToArray(), end.ToArray()),
            (ComparisonTarget)target,
            (ComparisonResult)result,
            number,
            value.ToArray());
        return true;
    }

    /// <summary>Whether it holds in <paramref name="view"/>.</summary>
    internal bool Holds(IOrderedView view)
    {
        if (Range.IsSingle)
        {
            var place = Range.CurrentStart();
            return view.TryGet(place, out var record)
                ? Holds(KeyValueRecord.Decode(Range.Key, record)) : HoldsWithoutKey();
        }

        var end = Range.CurrentEnd();
        var cursor = view.OpenCursor();
        var any = false;
        for (var more = cursor.Seek(Range.CurrentStart()); more; more = cursor.MoveNext())
        {
            if (cursor.Key.Span.SequenceCompareTo(end) >= 0)
            {
                break;
            }

            any = true;
            if (!Holds(KeyValueRecord.Decode(cursor.Key[1..], cursor.Value)))
            {
                return false;
            }
        }

        return any || HoldsWithoutKey();
    }

    private bool HoldsWithoutKey() => Target != ComparisonTarget.Value && Holds(default(KeyValueItem));

    private bool Holds(in KeyValueItem stored)
    {
        var order = Target switch
        {
            ComparisonTarget.Version => stored.Version.CompareTo(Number),
            ComparisonTarget.Create => stored.CreateRevision.CompareTo(Number),
            ComparisonTarget.Mod => stored.ModRevision.CompareTo(Number),
            ComparisonTarget.Lease => stored.Lease.CompareTo(Number),
            ComparisonTarget.Value => stored.Value.Span.SequenceCompareTo(Value.Span),
            _ => 0,
        };
        return Result switch
        {
            ComparisonResult.Equal => order == 0,
            ComparisonResult.Greater => order > 0,
            ComparisonResult.Less => order < 0,
            ComparisonResult.NotEqual => order != 0,
            _ => true,
        };
    }
}
