using System.Buffers.Binary;
using Ikada.Primitives;

namespace Ikada.KeyValue;

/// <summary>
/// Where things stand in the ordered store: the first byte names the space. docs/internals/key-value.md
/// describes each. Spaces 0x03 (changes by revision, for watches), 0x04 (leases) and 0x05 (keys by lease)
/// are kept free for later.
/// </summary>
internal static class KeyLayout
{
    /// <summary>Facts about the store itself.</summary>
    public const byte MetaSpace = 0x00;

    /// <summary>The newest version of each key that exists: space, key → record.</summary>
    public const byte CurrentSpace = 0x01;

    /// <summary>Every version: space, escaped key, terminator, inverted revision → record. Newest first
    /// within a key.</summary>
    public const byte HistorySpace = 0x02;

    private const byte Terminator = 0x01;
    private const byte PastTerminator = 0x02;
    private const byte EscapedZero = 0xFF;

    /// <summary>The key of the facts every batch writes: applied index, revision, compacted revision, state
    /// hash.</summary>
    public static ReadOnlySpan<byte> StateKey => [MetaSpace, (byte)'s'];

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

    public static byte[] Current(ReadOnlySpan<byte> key)
    {
        var full = new byte[1 + key.Length];
        full[0] = CurrentSpace;
        key.CopyTo(full.AsSpan(1));
        return full;
    }

    /// <summary>The place of the version of <paramref name="key"/> made at <paramref name="revision"/>;
    /// seeking it finds the newest version at or before that revision.</summary>
    public static byte[] History(ReadOnlySpan<byte> key, long revision)
    {
        var full = Escaped(key, 8, Terminator);
        BinaryPrimitives.WriteUInt64BigEndian(full.AsSpan(full.Length - 8), ~(ulong)revision);
        return full;
    }

    /// <summary>Before the first version of <paramref name="key"/>, behind the last of every smaller
    /// key.</summary>
    public static byte[] HistoryStart(ReadOnlySpan<byte> key) => Escaped(key, 0, Terminator);

    /// <summary>Behind the last version of the key whose place <paramref name="place"/> is.</summary>
    public static byte[] HistoryAfter(ReadOnlySpan<byte> place)
    {
        var after = place[..^8].ToArray();
        after[^1] = PastTerminator;
        return after;
    }

    /// <summary>The first place behind a whole space.</summary>
    public static byte[] EndOf(byte space) => [(byte)(space + 1)];

    public static long RevisionOf(ReadOnlySpan<byte> place) =>
        (long)~BinaryPrimitives.ReadUInt64BigEndian(place[^8..]);

    /// <summary>Whether bytes from outside are a place that <see cref="History"/> could have made.</summary>
    public static bool IsHistory(ReadOnlySpan<byte> place) =>
        place.Length > 11 && place[0] == HistorySpace && IsEscaped(place[1..^10])
        && place[^10] == 0 && place[^9] == Terminator;

    /// <summary>The key of a place in the history. Invariant: the place was made by
    /// <see cref="History"/>.</summary>
    public static byte[] KeyOf(ReadOnlySpan<byte> place)
    {
        var escaped = place[1..^10];
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
