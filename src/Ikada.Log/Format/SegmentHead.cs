using System.Buffers.Binary;
using Ikada.Primitives;

namespace Ikada.Log.Format;

/// <summary>What a segment's head says of a group, as of the end of the segment before: so that a freed
/// segment never holds the only copy of a vote, a base or a membership.</summary>
/// <param name="Group">Which group.</param>
/// <param name="HardState">Term, vote and commit.</param>
/// <param name="Base">The position before the first entry held.</param>
/// <param name="Last">The last entry.</param>
/// <param name="Membership">The encoded membership as of the base; empty while the group has no base.</param>
internal readonly record struct GroupHead(
    GroupId Group, HardState HardState, LogPosition Base, LogPosition Last, ReadOnlyMemory<byte> Membership)
{
    /// <summary>Entries may be missing behind the last one that were acknowledged.</summary>
    public bool IsUnsure { get; init; }

    /// <summary>A newer term or vote than this one may be lost.</summary>
    public bool LostHardState { get; init; }
}

/// <summary>What reading a head came to.</summary>
internal enum HeadVerdict
{
    Valid,
    Damaged,
    UnknownVersion,
}

/// <summary>The first bytes of a segment in use.</summary>
internal sealed class SegmentHead
{
    public const int FixedBytes = 104;
    private const ulong Magic = 0x474F_4C41_4441_4B49; // "IKADALOG"
    private const int IdentificationBytes = 20;
    private const int GroupBytes = 72;
    private const uint MayMissGroupsFlag = 1;
    private const uint UnsureFlag = 1;
    private const uint LostHardStateFlag = 2;

    public required ulong Sequence { get; init; }

    /// <summary>Drawn for each use of a segment: stale content of an earlier use never fits the
    /// chain.</summary>
    public required ulong UseId { get; init; }

    public required ClusterId Cluster { get; init; }

    public required NodeId Node { get; init; }

    public required Incarnation Incarnation { get; init; }

    public required long SegmentBytes { get; init; }

    /// <summary>The use id of the segment before; 0 for the first.</summary>
    public required ulong PredecessorUseId { get; init; }

    /// <summary>Where the segment before ends: all of it was synced when this head was written.</summary>
    public required long PredecessorEnd { get; init; }

    public required uint PredecessorChain { get; init; }

    public required GroupHead[] Groups { get; init; }

    /// <summary>It was written after damage in which further groups may have been lost.</summary>
    public bool MayMissGroups { get; init; }

    /// <summary>Where the first batch begins.</summary>
    public int FirstBatchOffset => LogFormat.AlignSector(Length);

    private int Length
    {
        get
        {
            var length = FixedBytes;
            foreach (var group in Groups)
            {
                length += GroupBytes + LogFormat.AlignRecord(group.Membership.Length);
            }

            return length;
        }
    }

    /// <summary>The same head in another cluster. It has the same length, and batches do not depend on
    /// it.</summary>
    public SegmentHead In(ClusterId cluster) => new()
    {
        Sequence = Sequence, UseId = UseId, Cluster = cluster, Node = Node, Incarnation = Incarnation,
        SegmentBytes = SegmentBytes, PredecessorUseId = PredecessorUseId, PredecessorEnd = PredecessorEnd,
        PredecessorChain = PredecessorChain, Groups = Groups, MayMissGroups = MayMissGroups,
    };

    /// <summary>Where the chain of this segment begins.</summary>
    public uint Seed() => Seed(Sequence, UseId, PredecessorChain);

    /// <summary>Where the chain of a segment begins.</summary>
    public static uint Seed(ulong sequence, ulong useId, uint predecessorChain)
    {
        Span<byte> seed = stackalloc byte[20];
        BinaryPrimitives.WriteUInt64LittleEndian(seed, sequence);
        BinaryPrimitives.WriteUInt64LittleEndian(seed[8..], useId);
        BinaryPrimitives.WriteUInt32LittleEndian(seed[16..], predecessorChain);
        return Crc32C.Compute(seed);
    }

    public byte[] Encode()
    {
        var bytes = new byte[FirstBatchOffset];
        var writer = new FieldWriter(bytes);
        writer.UInt64(Magic);
        writer.UInt32(LogFormat.Version);
        writer.UInt32((uint)Length);
        writer.UInt32(Crc32C.Compute(bytes.AsSpan(0, 16)));
        writer.UInt32(0); // the checksum of the rest, below
        writer.UInt64((ulong)SegmentBytes);
        writer.UInt32(LogFormat.SectorBytes);
        writer.UInt32((uint)Groups.Length);
        writer.UInt64(Sequence);
        writer.UInt64(UseId);
        writer.UInt64(Cluster.Value);
        writer.UInt64(Node.Value);
        writer.UInt64(Incarnation.Value);
        writer.UInt64(PredecessorUseId);
        writer.UInt64((ulong)PredecessorEnd);
        writer.UInt32(PredecessorChain);
        writer.UInt32(MayMissGroups ? MayMissGroupsFlag : 0);
        foreach (var group in Groups)
        {
            Write(ref writer, group);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(
            bytes.AsSpan(IdentificationBytes), Crc32C.Compute(bytes.AsSpan(24, Length - 24)));
        return bytes;
    }

    /// <summary>Reads magic, version and length, whose place and checksum no later version changes.</summary>
    public static HeadVerdict Identify(ReadOnlySpan<byte> bytes, out uint version, out int length)
    {
        version = 0;
        length = 0;
        if (bytes.Length < 24)
        {
            return HeadVerdict.Damaged;
        }

        var reader = new FieldReader(bytes);
        var magic = reader.UInt64();
        version = reader.UInt32();
        length = (int)Math.Min(int.MaxValue, reader.UInt32());
        if (magic != Magic || reader.UInt32() != Crc32C.Compute(bytes[..16]))
        {
            return HeadVerdict.Damaged;
        }

        return version == LogFormat.Version ? HeadVerdict.Valid : HeadVerdict.UnknownVersion;
    }

    /// <summary>Reads a whole head.</summary>
    public static HeadVerdict TryDecode(ReadOnlySpan<byte> bytes, out SegmentHead? head)
    {
        head = null;
        var verdict = Identify(bytes, out _, out var length);
        if (verdict != HeadVerdict.Valid)
        {
            return verdict;
        }

        if (length < FixedBytes || length > bytes.Length
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[IdentificationBytes..])
                != Crc32C.Compute(bytes[24..length]))
        {
            return HeadVerdict.Damaged;
        }

        head = Decode(bytes[..length]);
        return head is null ? HeadVerdict.Damaged : HeadVerdict.Valid;
    }

    private static SegmentHead? Decode(ReadOnlySpan<byte> bytes)
    {
        var reader = new FieldReader(bytes);
        reader.Bytes(24);
        var segmentBytes = (long)reader.UInt64();
        var sectorBytes = reader.UInt32();
        var groups = reader.UInt32();
        if (sectorBytes != LogFormat.SectorBytes || groups > (uint)(bytes.Length / GroupBytes))
        {
            return null;
        }

        var head = new SegmentHead
        {
            SegmentBytes = segmentBytes,
            Sequence = reader.UInt64(),
            UseId = reader.UInt64(),
            Cluster = new ClusterId(reader.UInt64()),
            Node = new NodeId(reader.UInt64()),
            Incarnation = new Incarnation(reader.UInt64()),
            PredecessorUseId = reader.UInt64(),
            PredecessorEnd = (long)reader.UInt64(),
            PredecessorChain = reader.UInt32(),
            MayMissGroups = (reader.UInt32() & MayMissGroupsFlag) != 0,
            Groups = new GroupHead[groups],
        };
        for (var i = 0; i < head.Groups.Length; i++)
        {
            if (!TryReadGroup(ref reader, out head.Groups[i]))
            {
                return null;
            }
        }

        return head;
    }

    private static bool TryReadGroup(ref FieldReader reader, out GroupHead group)
    {
        group = default;
        if (reader.Left < GroupBytes)
        {
            return false;
        }

        var id = new GroupId(reader.UInt64());
        var state = new HardState(
            new Term(reader.UInt64()), new NodeId(reader.UInt64()), new LogIndex(reader.UInt64()));
        var start = new LogPosition(new LogIndex(reader.UInt64()), new Term(reader.UInt64()));
        var last = new LogPosition(new LogIndex(reader.UInt64()), new Term(reader.UInt64()));
        var length = reader.UInt32();
        var flags = reader.UInt32();
        if (length > (uint)reader.Left || LogFormat.AlignRecord((int)length) > reader.Left)
        {
            return false;
        }

        var membership = reader.Bytes(LogFormat.AlignRecord((int)length))[..(int)length].ToArray();
        group = new GroupHead(id, state, start, last, membership)
        {
            IsUnsure = (flags & UnsureFlag) != 0,
            LostHardState = (flags & LostHardStateFlag) != 0,
        };
        return true;
    }

    private static void Write(ref FieldWriter writer, in GroupHead group)
    {
        writer.UInt64(group.Group.Value);
        writer.UInt64(group.HardState.Term.Value);
        writer.UInt64(group.HardState.Vote.Value);
        writer.UInt64(group.HardState.Commit.Value);
        writer.UInt64(group.Base.Index.Value);
        writer.UInt64(group.Base.Term.Value);
        writer.UInt64(group.Last.Index.Value);
        writer.UInt64(group.Last.Term.Value);
        writer.UInt32((uint)group.Membership.Length);
        writer.UInt32((group.IsUnsure ? UnsureFlag : 0) | (group.LostHardState ? LostHardStateFlag : 0));
        writer.Bytes(group.Membership.Span);
        writer.ZeroUpTo(LogFormat.AlignRecord(writer.Written));
    }
}
