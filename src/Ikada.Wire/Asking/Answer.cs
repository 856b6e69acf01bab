using System.Buffers;
using Ikada.Consensus;
using Ikada.Primitives;

namespace Ikada.Wire;

/// <summary>What became of a question. The numbers are on the wire: never reuse one.</summary>
public enum AnswerStatus : byte
{
    /// <summary>Not an answer.</summary>
    None = 0,

    /// <summary>It is so, or has been done.</summary>
    Done = 1,

    /// <summary>Only the leader can do it: <see cref="Answer.LeaderAddress"/>, empty if nobody is known to
    /// lead. Nothing happened.</summary>
    NotLeader = 2,

    /// <summary>Not yet; the text says why. Nothing happened: ask again.</summary>
    Later = 3,

    /// <summary>No; the text says why. Nothing happened.</summary>
    Refused = 4,

    /// <summary>The name belongs to a member that is alive under another incarnation. Nothing
    /// happened.</summary>
    NameTaken = 5,

    /// <summary>It may have happened, or may still.</summary>
    Unknown = 6,
}

/// <summary>The payload of a <see cref="FrameType.Tell"/> frame: a member's answer.</summary>
/// <param name="Status">What became of it.</param>
/// <param name="Text">The same in words.</param>
public sealed record Answer(AnswerStatus Status, string Text)
{
    private const byte FormatVersion = 1;
    private const byte HoldsLogFlag = 1;
    private const byte RefusalFlag = 2;

    /// <summary>Whether the one who answers holds anything of the group: then the group exists.</summary>
    public bool HoldsLog { get; init; }

    /// <summary>Why a change was not made, where the consensus module said so.</summary>
    public Refusal Refusal { get; init; }

    /// <summary>The group that it belongs to.</summary>
    public ClusterId Cluster { get; init; }

    /// <summary>Where the leader is reached: host:port; empty if none is known.</summary>
    public string LeaderAddress { get; init; } = string.Empty;

    /// <summary>The membership in force there.</summary>
    public Membership Membership { get; init; } = Membership.Empty;

    /// <summary>As bytes.</summary>
    public byte[] Encode()
    {
        var bytes = new ArrayBufferWriter<byte>();
        var writer = new NoteWriter(bytes);
        writer.Byte(FormatVersion);
        writer.Byte((byte)Status);
        writer.Byte((byte)((HoldsLog ? HoldsLogFlag : 0) | (Refusal == Refusal.None ? 0 : RefusalFlag)));
        writer.Number(Cluster.Value);
        writer.Text(Text);
        writer.Text(LeaderAddress);
        writer.Bytes(Membership.Encode());
        if (Refusal != Refusal.None)
        {
            writer.Byte((byte)Refusal);
        }

        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>Reads what <see cref="Encode"/> wrote; null if it is not that, or of another
    /// version.</summary>
    public static Answer? TryDecode(ReadOnlySpan<byte> bytes)
    {
        var reader = new NoteReader(bytes);
        if (reader.Byte() != FormatVersion)
        {
            return null;
        }

        var status = (AnswerStatus)reader.Byte();
        var flags = reader.Byte();
        var cluster = new ClusterId(reader.Number());
        var answer = new Answer(status, reader.Text())
        {
            HoldsLog = (flags & HoldsLogFlag) != 0, Cluster = cluster, LeaderAddress = reader.Text(),
        };
        var members = reader.Bytes();
        var refusal = (flags & RefusalFlag) != 0 ? (Refusal)reader.Byte() : Refusal.None;
        return Membership.TryDecode(members.Span, out var membership) && reader.IsWhole
            && status is >= AnswerStatus.Done and <= AnswerStatus.Unknown
            ? answer with { Membership = membership, Refusal = refusal } : null;
    }
}
