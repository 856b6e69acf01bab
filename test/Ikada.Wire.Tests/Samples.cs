using System.Buffers;
using Ikada.Consensus;
using Ikada.Primitives;

namespace Ikada.Wire.Tests;

/// <summary>Fixed frames that the tests share.</summary>
internal static class Samples
{
    public static readonly GroupId Group = new(7);
    public static readonly NodeId From = new(0x1111);
    public static readonly NodeId To = new(0x2222);
    public static readonly FrameSender Sender = new(From, new Incarnation(0xABCDEF), new StartCount(3));
    public static readonly Greeting Greeting = Greeting.Create(new ClusterId(0xC1), 1 << 20);

    public static Message MessageOf(MessageType type) => new()
    {
        Type = type,
        From = From,
        To = To,
        Term = new Term(5),
        Position = new LogPosition(new LogIndex(41), new Term(4)),
        End = new LogIndex(44),
        Commit = new LogIndex(40),
        Round = 9,
        Sequence = 77,
        Flags = FlagsOf(type),
    };

    private static MessageFlags FlagsOf(MessageType type) => type switch
    {
        MessageType.AppendReply or MessageType.VoteReply => MessageFlags.Reject,
        MessageType.Heartbeat => MessageFlags.Lease,
        MessageType.HeartbeatReply => MessageFlags.Lease | MessageFlags.LostLog,
        MessageType.PreVote => MessageFlags.Transfer,
        MessageType.LastPositionReply => MessageFlags.Unsure,
        MessageType.SnapshotAnswer => MessageFlags.Reject,
        _ => MessageFlags.None,
    };

    public static LogEntry[] EntriesOf(MessageType type) => type switch
    {
        MessageType.Append or MessageType.EntryReply =>
        [
            LogEntry.Create(
                Group, new LogIndex(42), new Term(4), EntryKind.Command, 1, "put a 1"u8.ToArray()),
            LogEntry.Create(Group, new LogIndex(43), new Term(5), EntryKind.Empty, 1, default),
            LogEntry.Create(
                Group, new LogIndex(44), new Term(5), EntryKind.Membership, 1, Membership.Empty.Encode()),
        ],
        MessageType.ForwardProposal =>
        [
            LogEntry.Create(Group, default, default, EntryKind.Command, 1, "put b 22"u8.ToArray()),
            LogEntry.Create(Group, default, default, EntryKind.Command, 1, "put c 333"u8.ToArray()),
        ],
        MessageType.SnapshotOffer =>
        [
            LogEntry.Create(
                Group, new LogIndex(41), new Term(4), EntryKind.Command, 1, "a descriptor"u8.ToArray()),
        ],
        MessageType.SnapshotPiece =>
        [
            LogEntry.Create(
                Group, new LogIndex(41), new Term(4), EntryKind.Command, 1, "a piece of it"u8.ToArray()),
        ],
        _ => [],
    };

    public static byte[] Frame(MessageType type) => Frame(MessageOf(type), EntriesOf(type));

    public static byte[] Frame(in Message message, LogEntry[] entries)
    {
        var writer = new ArrayBufferWriter<byte>();
        FrameWriter.WriteMessage(writer, Group, Sender, message, entries);
        return writer.WrittenSpan.ToArray();
    }

    public static byte[] Hello()
    {
        var writer = new ArrayBufferWriter<byte>();
        FrameWriter.WriteHello(writer, Sender, To, Greeting);
        return writer.WrittenSpan.ToArray();
    }

    public static byte[] SnapshotHello()
    {
        var writer = new ArrayBufferWriter<byte>();
        FrameWriter.WriteSnapshotHello(writer, Sender, To, Greeting);
        return writer.WrittenSpan.ToArray();
    }

    public static byte[] Accept()
    {
        var writer = new ArrayBufferWriter<byte>();
        FrameWriter.WriteAccept(writer, Sender, To, Greeting);
        return writer.WrittenSpan.ToArray();
    }

    public static byte[] Reject(string text = "cluster c2 is not c1")
    {
        var writer = new ArrayBufferWriter<byte>();
        FrameWriter.WriteReject(writer, Sender, To, new Rejection(RejectReason.WrongCluster, text));
        return writer.WrittenSpan.ToArray();
    }

    public static Question Question => new(QuestionKind.Change, "a group")
    {
        Cluster = new ClusterId(0xC1), Name = "d", Address = "10.0.0.4:5400",
        Change = new MembershipChange
        {
            Mode = ChangeMode.Simple, Lease = TimeSpan.FromSeconds(2),
            Members =
            [
                new MemberChange(MemberChangeKind.Learner, From)
                {
                    Attributes = "attributes"u8.ToArray(), ForgetsIncarnation = true, OnlyIfSilent = true,
                },
                new MemberChange(MemberChangeKind.Update, To) { Priority = 3 },
            ],
        },
    };

    public static Answer Answer => new(AnswerStatus.NotLeader, "b leads")
    {
        HoldsLog = true, Cluster = new ClusterId(0xC1), LeaderAddress = "10.0.0.2:5400",
        Membership = new Membership([new Member(From, new Incarnation(0xABCDEF), default)], [From]),
    };

    public static byte[] Ask()
    {
        var writer = new ArrayBufferWriter<byte>();
        FrameWriter.WriteAsk(writer, Group, Sender, NodeId.None, Question);
        return writer.WrittenSpan.ToArray();
    }

    public static byte[] Tell()
    {
        var writer = new ArrayBufferWriter<byte>();
        FrameWriter.WriteTell(writer, Group, Sender, To, Answer);
        return writer.WrittenSpan.ToArray();
    }

    /// <summary>The heartbeat of a process with groups that sleep: of group 0, with nothing in it.</summary>
    public static byte[] Pulse()
    {
        var writer = new ArrayBufferWriter<byte>();
        FrameWriter.WriteMessage(
            writer, default, Sender, new Message { Type = MessageType.Heartbeat, From = From, To = To },
            default);
        return writer.WrittenSpan.ToArray();
    }

    /// <summary>One frame of each shape, by name.</summary>
    public static byte[] ByName(string name) => name switch
    {
        "pulse" => Pulse(),
        "hello" => Hello(),
        "snapshot-hello" => SnapshotHello(),
        "accept" => Accept(),
        "reject" => Reject(),
        "ask" => Ask(),
        "tell" => Tell(),
        _ => Frame(Enum.Parse<MessageType>(name)),
    };

    /// <summary>Reads the frame and the payload its type has; the error says whether it was taken.</summary>
    public static WireError Read(
        ReadOnlySpan<byte> bytes, int frameBytesMax = WireFormat.FrameBytesMaxDefault)
    {
        var reader = new FrameReader(bytes, frameBytesMax);
        if (reader.TryRead())
        {
            _ = reader.Header.Type switch
            {
                FrameType.Message => reader.TryReadMessage(out _, out _),
                FrameType.Reject => reader.TryReadRejection(out _),
                FrameType.Ask => reader.TryReadQuestion(out _),
                FrameType.Tell => reader.TryReadAnswer(out _),
                _ => reader.TryReadGreeting(out _),
            };
        }

        return reader.Error;
    }
}
