using System.Buffers;
using Ikada.Consensus;
using Ikada.Primitives;

namespace Ikada.Wire;

/// <summary>What is asked. The numbers are on the wire: never reuse one.</summary>
public enum QuestionKind : byte
{
    /// <summary>Not a question.</summary>
    None = 0,

    /// <summary>Does the group exist, and who belongs to it? Changes nothing.</summary>
    Look = 1,

    /// <summary>Let the sender in, as a learner.</summary>
    Join = 2,

    /// <summary>Make the sender, a learner, a voter.</summary>
    Promote = 3,

    /// <summary>A member passes on a wish to change the membership.</summary>
    Change = 4,
}

/// <summary>
/// The payload of a <see cref="FrameType.Ask"/> frame: what somebody who need not be a member asks a member.
/// Who asks, and under which incarnation, stands in the frame's header.
/// </summary>
/// <param name="Kind">What is asked.</param>
/// <param name="ClusterName">The name of the group that is meant.</param>
public sealed record Question(QuestionKind Kind, string ClusterName)
{
    private const byte FormatVersion = 1;
    private const int ChangesMax = 64;

    /// <summary>The id of the group that the sender's directory belongs to; 0: it belongs to none
    /// yet.</summary>
    public ClusterId Cluster { get; init; }

    /// <summary>The name of the sender.</summary>
    public string Name { get; init; } = string.Empty;

    /// <summary>Where the sender is reached: host:port.</summary>
    public string Address { get; init; } = string.Empty;

    /// <summary>Change: what is wanted.</summary>
    public MembershipChange Change { get; init; } = new();

    /// <summary>As bytes.</summary>
    public byte[] Encode()
    {
        var bytes = new ArrayBufferWriter<byte>();
        var writer = new NoteWriter(bytes);
        writer.Byte(FormatVersion);
        writer.Byte((byte)Kind);
        writer.Number(Cluster.Value);
        writer.Text(ClusterName);
        writer.Text(Name);
        writer.Text(Address);
        writer.Byte((byte)Change.Mode);
        writer.Number((ulong)(Change.Lease?.Ticks ?? -1));
        writer.Byte((byte)Change.Members.Count);
        for (var i = 0; i < Change.Members.Count; i++)
        {
            var member = Change.Members[i];
            writer.Byte((byte)member.Kind);
            writer.Number(member.Id.Value);
            writer.Byte((byte)((member.ForgetsIncarnation ? 1 : 0) | (member.OnlyIfSilent ? 2 : 0)
                | (member.Attributes is null ? 0 : 4) | (member.Priority is null ? 0 : 8)));
            writer.Byte(member.Priority ?? 0);
            writer.Bytes((member.Attributes ?? default).Span);
        }

        if (Change.Expected is { } expected)
        {
            writer.Number(expected);
        }

        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>Reads what <see cref="Encode"/> wrote; null if it is not that, or of another
    /// version.</summary>
    public static Question? TryDecode(ReadOnlySpan<byte> bytes)
    {
        var reader = new NoteReader(bytes);
        if (reader.Byte() != FormatVersion)
        {
            return null;
        }

        var kind = (QuestionKind)reader.Byte();
        var cluster = new ClusterId(reader.Number());
        var question = new Question(kind, reader.Text())
        {
            Cluster = cluster, Name = reader.Text(), Address = reader.Text(), Change = Changes(ref reader),
        };
        if (kind == QuestionKind.Change && !reader.IsWhole)
        {
            question = question with { Change = question.Change with { Expected = reader.Number() } };
        }

        return reader.IsWhole && kind is >= QuestionKind.Look and <= QuestionKind.Change ? question : null;
    }

    private static MembershipChange Changes(ref NoteReader reader)
    {
        var mode = (ChangeMode)reader.Byte();
        var lease = (long)reader.Number();
        var members = new MemberChange[Math.Min(reader.Byte(), (byte)ChangesMax)];
        for (var i = 0; i < members.Length; i++)
        {
            var kind = (MemberChangeKind)reader.Byte();
            var id = new NodeId(reader.Number());
            var flags = reader.Byte();
            var priority = reader.Byte();
            var attributes = reader.Bytes();
            members[i] = new MemberChange(kind, id)
            {
                ForgetsIncarnation = (flags & 1) != 0, OnlyIfSilent = (flags & 2) != 0,
                Attributes = (flags & 4) != 0 ? attributes : (ReadOnlyMemory<byte>?)null,
                Priority = (flags & 8) != 0 ? priority : null,
            };
        }

        return new MembershipChange
        {
            Mode = mode, Members = members, Lease = lease < 0 ? null : TimeSpan.FromTicks(lease),
        };
    }
}
