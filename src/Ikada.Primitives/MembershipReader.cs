using System.Buffers.Binary;

namespace Ikada.Primitives;

/// <summary>Reads an encoded membership, refusing counts and lengths that the input cannot hold.</summary>
internal ref struct MembershipReader(ReadOnlySpan<byte> bytes)
{
    private const int MemberBytesMin = 8 + 1 + 8 + 4;
    private ReadOnlySpan<byte> _rest = bytes;

    public readonly bool AtEnd => _rest.IsEmpty;

    public bool TryReadByte(out byte value)
    {
        value = _rest.IsEmpty ? (byte)0 : _rest[0];
        return TrySkip(1);
    }

    public bool TryReadMembers(byte version, out Member[] members)
    {
        members = [];
        if (!TryReadCount(MemberBytesMin, out var count))
        {
            return false;
        }

        members = new Member[count];
        for (var i = 0; i < count; i++)
        {
            if (!TryReadMember(version, out members[i]))
            {
                return false;
            }
        }

        return true;
    }

    public bool TryReadIds(out NodeId[] ids)
    {
        ids = [];
        if (!TryReadCount(8, out var count))
        {
            return false;
        }

        ids = new NodeId[count];
        for (var i = 0; i < count; i++)
        {
            if (!TryReadNumber(out var value))
            {
                return false;
            }

            ids[i] = new NodeId(value);
        }

        return true;
    }

    public bool TryReadSettings(byte version, out bool autoLeave, out TimeSpan lease)
    {
        (autoLeave, lease) = (false, TimeSpan.Zero);
        if (version == 1)
        {
            return true;
        }

        if (!TryReadByte(out var flag) || flag > 1 || !TryReadNumber(out var ticks)
            || ticks > (ulong)Membership.LeaseMax.Ticks)
        {
            return false;
        }

        (autoLeave, lease) = (flag == 1, new TimeSpan((long)ticks));
        return true;
    }

    private bool TryReadMember(byte version, out Member member)
    {
        member = new Member(default, null, default);
        if (!TryReadNumber(out var id) || !TryReadByte(out var bound) || bound > 1
            || !TryReadNumber(out var incarnation) || !TryReadCount(1, out var length))
        {
            return false;
        }

        var attributes = _rest[..length].ToArray();
        byte priority = 0;
        if (!TrySkip(length) || (version > 1 && !TryReadByte(out priority)))
        {
            return false;
        }

        member = new Member(
            new NodeId(id), bound == 1 ? new Incarnation(incarnation) : null, attributes, priority);
        return true;
    }

    private bool TryReadNumber(out ulong value)
    {
        value = _rest.Length < 8 ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(_rest);
        return TrySkip(8);
    }

    private bool TryReadCount(int itemBytesMin, out int count)
    {
        var read = _rest.Length < 4 ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(_rest);
        count = 0;
        if (!TrySkip(4) || (ulong)read * (ulong)itemBytesMin > (ulong)_rest.Length)
        {
            return false;
        }

        count = (int)read;
        return true;
    }

    private bool TrySkip(int count)
    {
        if (_rest.Length < count)
        {
            return false;
        }

        _rest = _rest[count..];
        return true;
    }
}
