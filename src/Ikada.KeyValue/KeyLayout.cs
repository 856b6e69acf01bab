using System.Buffers.Binary;
using Ikada.Primitives;

namespace Ikada.KeyValue;

/// <summary>
/// Where things stand in the ordered store: the first byte names the space. docs/internals/key-value.md
/// describes each.
/// </summary>
internal static class KeyLayout
{
    /// <summary>Facts about the store itself.</summary>
    public const byte MetaSpace = 0x00;

    /// <summary>The newest version of each key that exists: space, key → record.</summary>
    public const byte CurrentSpace = 0x01;

    /// <summary>Every version: space, escaped key, terminator, inverted revision and sub-revision → record.
    /// Newest first within a key.</summary>
    public const byte HistorySpace = 0x02;

    /// <summary>Every change in the order in which it was made: space, revision, sub-revision →
    /// key.</summary>
    public const byte ChangeSpace = 0x03;

    /// <summary>Leases: space, id → record.</summary>
    public const byte LeaseSpace = 0x04;

    /// <summary>Keys by lease: space, lease id, key → nothing.</summary>
    public const byte LeasedKeySpace = 0x05;

    /// <summary>Leases by the entry that granted or renewed them last: space, index, id → nothing.</summary>
    public const byte RenewalSpace = 0x06;

    // Revision and sub-revision at the end of a place in the history, inverted.
    private const int OrderLength = 12;
    private const byte Terminator = 0x01;
    private const byte PastTerminator = 0x02;
    private const byte EscapedZero = 0xFF;

    /// <summary>The key of the facts every batch writes: applied index, revision, compacted revision, state
    /// hash.</summary>
    public static ReadOnlySpan<byte> StateKey => [MetaSpace, (byte)'s'];

    /// <summary>The alarms in force; there once one has been raised.</summary>
    public static ReadOnlySpan<byte> AlarmsKey => [MetaSpace, (byte)'a'];

    /// <summary>The first key behind the alarms.</summary>
    public static ReadOnlySpan<byte> AlarmsEnd => [MetaSpace, (byte)'a' + 1];

    /// <summary>Which change the removal of compacted versions looks at next; there while it is under
    /// way.</summary>
    public static ReadOnlySpan<byte> RemovalKey => [MetaSpace, (byte)'c'];

    /// <summary>The store's migration from another one; what it puts aside stands behind it.</summary>
    public static ReadOnlySpan<byte> MigrationKey => [MetaSpace, (byte)'f'];

    /// <summary>The first key behind all that a migration keeps.</summary>
    public static ReadOnlySpan<byte> MigrationEnd => [MetaSpace, (byte)'f' + 1];

    /// <summary>What the keys of published members start with.</summary>
    public static ReadOnlySpan<byte> MemberPrefix => [MetaSpace, (byte)'m'];

    /// <summary>The first key behind the published members.</summary>
    public static ReadOnlySpan<byte> MemberEnd => [MetaSpace, (byte)'m' + 1];

    public static byte[] Member(NodeId member)
    {
        var key = new byte[10];
        MemberPrefix.CopyTo(key);
        BinaryPrimitives.WriteUInt64BigEndian(key.AsSpan(2), member.Value);
        return key;
    }

    /// <summary>Where a step's part of a revision is put aside.</summary>
    public static byte[] MigrationPiece(ulong step)
    {
        var place = new byte[10];
        MigrationKey.CopyTo(place);
        BinaryPrimitives.WriteUInt64BigEndian(place.AsSpan(2), step);
        return place;
    }

    public static bool IsMigrationPiece(ReadOnlySpan<byte> place) =>
        place.Length == 10 && place.StartsWith(MigrationKey);

    public static byte[] Current(ReadOnlySpan<byte> key)
    {
        var full = new byte[1 + key.Length];
        full[0] = CurrentSpace;
        key.CopyTo(full.AsSpan(1));
        return full;
    }

    /// <summary>The place of the version of <paramref name="key"/> that is change <paramref name="sub"/> of
    /// <paramref name="revision"/>.</summary>
    public static byte[] History(ReadOnlySpan<byte> key, long revision, uint sub)
    {
        var full = Escaped(key, OrderLength, Terminator);
        var order = full.AsSpan(full.Length - OrderLength);
        BinaryPrimitives.WriteUInt64BigEndian(order, ~(ulong)revision);
        BinaryPrimitives.WriteUInt32BigEndian(order[8..], ~sub);
        return full;
    }

    /// <summary>Seeking it finds the newest version of <paramref name="key"/> at or before
    /// <paramref name="revision"/>.</summary>
    public static byte[] History(ReadOnlySpan<byte> key, long revision) =>
        History(key, revision, uint.MaxValue);

    /// <summary>Before the first version of <paramref name="key"/>, behind the last of every smaller
    /// key.</summary>
    public static byte[] HistoryStart(ReadOnlySpan<byte> key) => Escaped(key, 0, Terminator);

    /// <summary>Behind the last version of the key whose place <paramref name="place"/> is.</summary>
    public static byte[] HistoryAfter(ReadOnlySpan<byte> place)
    {
        var after = place[..^OrderLength].ToArray();
        after[^1] = PastTerminator;
        return after;
    }

    /// <summary>Whether two places in the history are of the same key.</summary>
    public static bool IsSameKey(ReadOnlySpan<byte> place, ReadOnlySpan<byte> other) =>
        place.Length == other.Length && place[..^OrderLength].SequenceEqual(other[..^OrderLength]);

    /// <summary>The place of change <paramref name="sub"/> of <paramref name="revision"/>.</summary>
    public static byte[] Change(long revision, uint sub)
    {
        var place = new byte[13];
        place[0] = ChangeSpace;
        BinaryPrimitives.WriteInt64BigEndian(place.AsSpan(1), revision);
        BinaryPrimitives.WriteUInt32BigEndian(place.AsSpan(9), sub);
        return place;
    }

    /// <summary>Which change it is whose place <paramref name="place"/> is.</summary>
    public static (long Revision, uint Sub) ChangeOf(ReadOnlySpan<byte> place) =>
        (BinaryPrimitives.ReadInt64BigEndian(place[1..]), BinaryPrimitives.ReadUInt32BigEndian(place[9..]));

    public static byte[] Lease(long lease)
    {
        var place = new byte[9];
        place[0] = LeaseSpace;
        BinaryPrimitives.WriteInt64BigEndian(place.AsSpan(1), lease);
        return place;
    }

    /// <summary>The place that says that <paramref name="key"/> is attached to a lease; with an empty key
    /// the places of all its keys start so.</summary>
    public static byte[] LeasedKey(long lease, ReadOnlySpan<byte> key)
    {
        var place = new byte[9 + key.Length];
        place[0] = LeasedKeySpace;
        BinaryPrimitives.WriteInt64BigEndian(place.AsSpan(1), lease);
        key.CopyTo(place.AsSpan(9));
        return place;
    }

    /// <summary>The place that says that the entry at <paramref name="index"/> was the last to grant or renew
    /// a lease.</summary>
    public static byte[] Renewal(LogIndex index, long lease)
    {
        var place = new byte[17];
        place[0] = RenewalSpace;
        BinaryPrimitives.WriteUInt64BigEndian(place.AsSpan(1), index.Value);
        BinaryPrimitives.WriteInt64BigEndian(place.AsSpan(9), lease);
        return place;
    }

    /// <summary>Which lease it is whose renewal <paramref name="place"/> is.</summary>
    public static long LeaseOfRenewal(ReadOnlySpan<byte> place) =>
        BinaryPrimitives.ReadInt64BigEndian(place[9..]);

    /// <summary>The first place behind a whole space.</summary>
    public static byte[] EndOf(byte space) => [(byte)(space + 1)];

    public static long RevisionOf(ReadOnlySpan<byte> place) =>
        (long)~BinaryPrimitives.ReadUInt64BigEndian(place[^OrderLength..]);

    public static uint SubOf(ReadOnlySpan<byte> place) => ~BinaryPrimitives.ReadUInt32BigEndian(place[^4..]);

    /// <summary>Whether bytes from outside are a place in the history.</summary>
    public static bool IsHistory(ReadOnlySpan<byte> place) =>
        place.Length > 3 + OrderLength && place[0] == HistorySpace && IsEscaped(EscapedIn(place))
        && place[^(OrderLength + 2)] == 0 && place[^(OrderLength + 1)] == Terminator;

    /// <summary>The key of a place in the history. Invariant: <see cref="IsHistory"/>.</summary>
    public static byte[] KeyOf(ReadOnlySpan<byte> place)
    {
        var escaped = EscapedIn(place);
        var zeros = escaped.Count((byte)0);
        var key = new byte[escaped.Length - zeros];
        var at = 0;
        for (var i = 0; i < escaped.Length; i++)
        {
            key[at++] = escaped[i];
            i += escaped[i] == 0 ? 1 : 0;
        }

        return key;
    }

    private static ReadOnlySpan<byte> EscapedIn(ReadOnlySpan<byte> place) => place[1..^(OrderLength + 2)];

    private static bool IsEscaped(ReadOnlySpan<byte> bytes)
    {
        for (var i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] == 0 && (++i == bytes.Length || bytes[i] != EscapedZero))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Space, key with 0x00 written as 00 FF, then 00 and <paramref name="end"/>: since the
    /// terminator 00 01 sorts before 00 FF and before every other byte, places sort as their keys
    /// do.</summary>
    private static byte[] Escaped(ReadOnlySpan<byte> key, int room, byte end)
    {
        var full = new byte[1 + key.Length + key.Count((byte)0) + 2 + room];
        full[0] = HistorySpace;
        var at = 1;
        foreach (var one in key)
        {
            full[at++] = one;
            if (one == 0)
            {
                full[at++] = EscapedZero;
            }
        }

        full[at + 1] = end;
        return full;
    }
}
