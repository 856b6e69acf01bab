using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Ikada.Primitives;

/// <summary>
/// Who belongs to a group, and in what part: voters, the outgoing voters of a joint state (diss. §4.3),
/// learners, and voters of the outgoing set that become learners when it is left. Immutable; every list is
/// sorted by id.
/// </summary>
public sealed class Membership
{
    private const byte FormatVersion = 2;
    private readonly Member[] _members;
    private readonly NodeId[] _voters;
    private readonly NodeId[] _outgoing;
    private readonly NodeId[] _learners;
    private readonly NodeId[] _learnersNext;

    /// <summary>Makes one. Every id named in a list must be among <paramref name="members"/>.</summary>
    public Membership(
        ReadOnlySpan<Member> members,
        ReadOnlySpan<NodeId> voters,
        ReadOnlySpan<NodeId> outgoingVoters = default,
        ReadOnlySpan<NodeId> learners = default,
        ReadOnlySpan<NodeId> learnersNext = default)
    {
        _members = members.ToArray();
        Array.Sort(_members, static (left, right) => left.Id.CompareTo(right.Id));
        _voters = Sorted(voters);
        _outgoing = Sorted(outgoingVoters);
        _learners = Sorted(learners);
        _learnersNext = Sorted(learnersNext);
    }

    /// <summary>Whether the leader leaves the joint state by itself once it is committed.</summary>
    public bool AutoLeave { get; init; }

    /// <summary>How long a leader's lease lasts; zero: no lease reads in this group. A setting of the group,
    /// here so that every voter knows it (diss. §6.4.1).</summary>
    public TimeSpan Lease { get; init; }

    /// <summary>The longest lease.</summary>
    public static TimeSpan LeaseMax { get; } = TimeSpan.FromDays(1);

    /// <summary>Nobody.</summary>
    public static Membership Empty { get; } = new([], []);

    /// <summary>All members, by id.</summary>
    public ReadOnlySpan<Member> Members => _members;

    /// <summary>Those whose votes and acknowledgements count.</summary>
    public ReadOnlySpan<NodeId> Voters => _voters;

    /// <summary>The voters of the set being left; empty outside a joint state.</summary>
    public ReadOnlySpan<NodeId> OutgoingVoters => _outgoing;

    /// <summary>Those that receive entries and are never counted.</summary>
    public ReadOnlySpan<NodeId> Learners => _learners;

    /// <summary>Outgoing voters that become learners once the joint state is left.</summary>
    public ReadOnlySpan<NodeId> LearnersNext => _learnersNext;

    /// <summary>Whether two majorities are needed (diss. §4.3).</summary>
    public bool IsJoint => _outgoing.Length > 0;

    /// <summary>Whether <paramref name="id"/> votes in either set.</summary>
    public bool IsVoter(NodeId id) =>
        Array.BinarySearch(_voters, id) >= 0 || Array.BinarySearch(_outgoing, id) >= 0;

    /// <summary>Whether <paramref name="id"/> belongs to the group in any part.</summary>
    public bool Contains(NodeId id) => Find(id) is not null;

    /// <summary>The member of that id, or null.</summary>
    public Member? Find(NodeId id)
    {
        foreach (var member in _members)
        {
            if (member.Id == id)
            {
                return member;
            }
        }

        return null;
    }

    /// <summary>Whether <paramref name="id"/> receives entries and is not counted.</summary>
    public bool IsLearner(NodeId id) => Array.BinarySearch(_learners, id) >= 0;

    /// <summary>A 64-bit hash of the members, their attributes and their parts, never 0. Priorities,
    /// incarnations and settings, which change by themselves, are not in it.</summary>
    public ulong Fingerprint()
    {
        var members = new Member[_members.Length];
        for (var i = 0; i < members.Length; i++)
        {
            members[i] = new Member(_members[i].Id, null, _members[i].Attributes);
        }

        return Identity.Hash(
            new Membership(members, _voters, _outgoing, _learners, _learnersNext).Encode());
    }

    /// <summary>The sets alone, as <c>voters=(1 2)&amp;&amp;(1) learners=(4) learners_next=(2)
    /// autoleave</c>.</summary>
    public override string ToString()
    {
        var text = new StringBuilder("voters=");
        AppendIds(text, _voters);
        if (IsJoint)
        {
            AppendIds(text.Append("&&"), _outgoing);
        }

        if (_learners.Length > 0)
        {
            AppendIds(text.Append(" learners="), _learners);
        }

        if (_learnersNext.Length > 0)
        {
            AppendIds(text.Append(" learners_next="), _learnersNext);
        }

        return text.Append(AutoLeave ? " autoleave" : string.Empty).ToString();
    }

    /// <summary>Encodes the membership: the same members give the same bytes on every node, in the lowest
    /// version that can hold them.</summary>
    public byte[] Encode()
    {
        var version = NeedsVersion2() ? FormatVersion : (byte)1;
        var writer = new ArrayBufferWriter<byte>();
        WriteByte(writer, version);
        WriteCount(writer, _members.Length);
        foreach (var member in _members)
        {
            WriteMember(writer, member);
            if (version > 1)
            {
                WriteByte(writer, member.Priority);
            }
        }

        WriteIds(writer, _voters);
        WriteIds(writer, _outgoing);
        WriteIds(writer, _learners);
        WriteIds(writer, _learnersNext);
        if (version > 1)
        {
            WriteByte(writer, AutoLeave ? (byte)1 : (byte)0);
            WriteNumber(writer, (ulong)Lease.Ticks);
        }

        return writer.WrittenSpan.ToArray();
    }

    /// <summary>Decodes what <see cref="Encode"/> wrote. False on any malformed input.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, out Membership membership)
    {
        membership = Empty;
        var reader = new MembershipReader(bytes);
        if (!reader.TryReadByte(out var version) || version is 0 or > FormatVersion
            || !reader.TryReadMembers(version, out var members)
            || !reader.TryReadIds(out var voters)
            || !reader.TryReadIds(out var outgoing)
            || !reader.TryReadIds(out var learners)
            || !reader.TryReadIds(out var learnersNext)
            || !reader.TryReadSettings(version, out var autoLeave, out var lease)
            || !reader.AtEnd)
        {
            return false;
        }

        membership = new Membership(members, voters, outgoing, learners, learnersNext)
        {
            AutoLeave = autoLeave, Lease = lease,
        };
        return true;
    }

    private bool NeedsVersion2()
    {
        var needs = AutoLeave || Lease > TimeSpan.Zero;
        foreach (var member in _members)
        {
            needs |= member.Priority > 0;
        }

        return needs;
    }

    private static void AppendIds(StringBuilder text, NodeId[] ids)
    {
        text.Append('(');
        for (var i = 0; i < ids.Length; i++)
        {
            text.Append(i > 0 ? " " : string.Empty).Append(ids[i]);
        }

        text.Append(')');
    }

    private static NodeId[] Sorted(ReadOnlySpan<NodeId> ids)
    {
        var copy = ids.ToArray();
        Array.Sort(copy);
        return copy;
    }

    private static void WriteByte(ArrayBufferWriter<byte> writer, byte value)
    {
        writer.GetSpan(1)[0] = value;
        writer.Advance(1);
    }

    private static void WriteCount(ArrayBufferWriter<byte> writer, int count)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(writer.GetSpan(4), (uint)count);
        writer.Advance(4);
    }

    private static void WriteNumber(ArrayBufferWriter<byte> writer, ulong number)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(writer.GetSpan(8), number);
        writer.Advance(8);
    }

    private static void WriteIds(ArrayBufferWriter<byte> writer, NodeId[] ids)
    {
        WriteCount(writer, ids.Length);
        foreach (var id in ids)
        {
            WriteNumber(writer, id.Value);
        }
    }

    private static void WriteMember(ArrayBufferWriter<byte> writer, Member member)
    {
        WriteNumber(writer, member.Id.Value);
        WriteByte(writer, member.Incarnation is null ? (byte)0 : (byte)1);
        WriteNumber(writer, member.Incarnation?.Value ?? 0);
        WriteCount(writer, member.Attributes.Length);
        writer.Write(member.Attributes.Span);
    }
}
