using Google.Protobuf;
using Ikada.Api.Etcd;

namespace Ikada.Differential;

/// <summary>Draws keys, values, revisions and the requests of KV. Few keys, so that they meet.</summary>
internal sealed class Words(Random random)
{
    private const int LeaseMax = 6;
    private const int LargestRequestBytes = 1536 * 1024;

    private static readonly ByteString[] Keys =
    [
        .. new[] { "a", "a/", "a/1", "a/2", "a/2/x", "b", "ba", "bb", "c", "key", "key1", "key2" }
            .Select(ByteString.CopyFromUtf8),
        ByteString.CopyFrom(0), ByteString.CopyFrom(0, 0), ByteString.CopyFrom(0x61, 0),
        ByteString.CopyFrom(0x61, 0xFF), ByteString.CopyFrom(0xFF), ByteString.CopyFrom(0xFF, 0xFF),
    ];

    private long _current = 1;

    public Words At(long revision)
    {
        _current = revision;
        return this;
    }

    public ByteString Key() =>
        random.Next(60) == 0 ? ByteString.Empty : Keys[random.Next(Keys.Length)];

    public ByteString NonEmptyKey() => Keys[random.Next(Keys.Length)];

    /// <summary>Every way of naming keys.</summary>
    public (ByteString Key, ByteString End) KeyRange()
    {
        var key = Key();
        return random.Next(8) switch
        {
            < 3 => (key, ByteString.Empty),
            3 => (key, ByteString.CopyFrom(0)),
            4 => (ByteString.CopyFrom(0), ByteString.CopyFrom(0)),
            5 when !key.IsEmpty && key[^1] < 0xFF =>
                (key, ByteString.CopyFrom([.. key.Span[..^1], (byte)(key[^1] + 1)])),
            _ => (key, Keys[random.Next(Keys.Length)]),
        };
    }

    /// <summary>Mostly near now; also none, negative, long ago and to come.</summary>
    public long Revision() => random.Next(12) switch
    {
        0 => 0,
        1 => -1 - random.Next(3),
        2 => _current + random.Next(4),
        3 => random.NextInt64(_current + 1),
        _ => Math.Max(0, _current - random.Next(30)),
    };

    public long Lease() => random.Next(15) == 0 ? 0 : 1 + random.Next(LeaseMax);

    public ByteString Value() => random.Next(4000) switch
    {
        0 => ByteString.CopyFrom(new byte[LargestRequestBytes]),
        1 => ByteString.CopyFrom(new byte[LargestRequestBytes - 100]),
        2 => ByteString.CopyFrom(new byte[LargestRequestBytes + (512 * 1024)]),
        < 400 => ByteString.Empty,
        < 2400 => ByteString.CopyFromUtf8($"v{random.Next(4)}"),
        _ => Bytes(random.Next(40)),
    };

    public PutRequest Put(bool withLeases)
    {
        var ignoresValue = random.Next(12) == 0;
        var ignoresLease = random.Next(12) == 0;
        return new PutRequest
        {
            Key = Key(),
            Value = ignoresValue && random.Next(4) > 0 ? ByteString.Empty : Value(),
            Lease = !withLeases ? random.Next(60) == 0 ? 99 : 0
                : random.Next(3) == 0 && (!ignoresLease || random.Next(4) == 0) ? Lease() : 0,
            PrevKv = random.Next(3) == 0,
            IgnoreValue = ignoresValue,
            IgnoreLease = ignoresLease,
        };
    }

    public DeleteRangeRequest Delete()
    {
        // Seldom everything, so that there is something.
        var (key, end) = random.Next(4) == 0 ? KeyRange() : (Key(), ByteString.Empty);
        return new DeleteRangeRequest { Key = key, RangeEnd = end, PrevKv = random.Next(2) == 0 };
    }

    public RangeRequest Range()
    {
        var (key, end) = KeyRange();
        var request = new RangeRequest
        {
            Key = key,
            RangeEnd = end,
            Limit = random.Next(3) == 0 ? random.Next(6) - 1 : 0,
            Revision = random.Next(3) == 0 ? Revision() : 0,
            Serializable = random.Next(4) == 0,
            KeysOnly = random.Next(6) == 0,
            CountOnly = random.Next(10) == 0,
        };
        if (random.Next(2) == 0)
        {
            // Known ones only: at an unknown target etcd 3.4 and 3.5 end.
            request.SortOrder = (RangeRequest.Types.SortOrder)random.Next(3);
            request.SortTarget = (RangeRequest.Types.SortTarget)random.Next(5);
        }

        if (random.Next(6) == 0)
        {
            request.MinModRevision = Bound();
            request.MaxModRevision = Bound();
            request.MinCreateRevision = Bound();
            request.MaxCreateRevision = Bound();
        }

        return request;
    }

    private long Bound() => random.Next(2) == 0 ? 0 : Revision();

    private ByteString Bytes(int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return ByteString.CopyFrom(bytes);
    }
}
