using System.Buffers.Binary;
using Ikada.Consensus;
using Ikada.Primitives;

namespace Ikada.Wire.Tests;

public sealed class FrameTests
{
    public static TheoryData<MessageType> Types()
    {
        var types = new TheoryData<MessageType>();
        foreach (var type in Enum.GetValues<MessageType>())
        {
            if (type is not (MessageType.None or MessageType.InstallSnapshot))
            {
                types.Add(type);
            }
        }

        return types;
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void A_message_comes_back_as_it_was_sent(MessageType type)
    {
        var bytes = Samples.Frame(type);
        Assert.Equal(
            bytes.Length, FrameWriter.MeasureMessage(Samples.MessageOf(type), Samples.EntriesOf(type)));

        var reader = new FrameReader(bytes, bytes.Length);
        Assert.True(reader.TryRead());
        Assert.Equal(new FrameHeader(
            FrameType.Message, bytes.Length, Samples.Group, Samples.To, Samples.Sender), reader.Header);
        Assert.True(reader.TryReadMessage(out var message, out var entries));

        Assert.Equal(Samples.MessageOf(type), message);
        var sent = Samples.EntriesOf(type);
        Assert.Equal(sent.Length, entries.Length);
        for (var i = 0; i < sent.Length; i++)
        {
            Assert.Equal(sent[i] with { Body = default }, entries[i] with { Body = default });
            Assert.Equal(sent[i].Body.ToArray(), entries[i].Body.ToArray());
        }
    }

    [Theory]
    [InlineData(MessageType.InstallSnapshot)]
    [InlineData((MessageType)29)]
    public void What_is_no_message_between_nodes_is_refused(MessageType type)
    {
        var bytes = Samples.Frame(Samples.MessageOf(type), []);
        Assert.Equal(WireErrorKind.UnknownMessageType, Samples.Read(bytes).Kind);
    }

    [Fact]
    public void Every_flag_that_consensus_knows_passes()
    {
        foreach (var flag in Enum.GetValues<MessageFlags>())
        {
            var bytes = Samples.Frame(
                Samples.MessageOf(MessageType.HeartbeatReply) with { Flags = flag }, []);
            var reader = new FrameReader(bytes, bytes.Length);
            Assert.True(reader.TryRead());
            Assert.True(reader.TryReadMessage(out var message, out _), $"{flag} is not known");
            Assert.Equal(flag, message.Flags);
        }
    }

    [Fact]
    public void Bodies_are_owned_by_the_entries_and_not_by_the_input()
    {
        var bytes = Samples.Frame(MessageType.Append);
        var reader = new FrameReader(bytes, bytes.Length);
        Assert.True(reader.TryRead());
        Assert.True(reader.TryReadMessage(out _, out var entries));
        Array.Fill(bytes, (byte)0xDD);
        Assert.All(entries, entry => Assert.True(entry.HasValidChecksum(Samples.Group)));
    }

    [Fact]
    public void Frames_that_follow_each_other_are_read_one_by_one()
    {
        byte[] stream =
            [.. Samples.Hello(), .. Samples.Frame(MessageType.Append), .. Samples.Frame(MessageType.Vote)];
        ReadOnlySpan<byte> rest = stream;
        var types = new List<FrameType>();
        while (!rest.IsEmpty)
        {
            var reader = new FrameReader(rest, WireFormat.FrameBytesMaxDefault);
            Assert.True(reader.TryRead(), reader.Error.Text);
            types.Add(reader.Header.Type);
            rest = rest[reader.Header.LengthBytes..];
        }

        Assert.Equal([FrameType.Hello, FrameType.Message, FrameType.Message], types);
    }

    [Theory]
    [InlineData("hello")]
    [InlineData("accept")]
    public void A_greeting_comes_back_as_it_was_sent(string name)
    {
        var bytes = Samples.ByName(name);
        var reader = new FrameReader(bytes, bytes.Length);
        Assert.True(reader.TryRead());
        Assert.True(reader.TryReadGreeting(out var greeting));
        Assert.Equal(Samples.Greeting, greeting);
        Assert.Equal(Samples.Sender, reader.Header.Sender);
        Assert.Equal(Samples.To, reader.Header.To);
    }

    [Fact]
    public void A_rejection_carries_reason_and_text()
    {
        var reader = new FrameReader(Samples.Reject(), 4096);
        Assert.True(reader.TryRead());
        Assert.True(reader.TryReadRejection(out var rejection));
        Assert.Equal(new Rejection(RejectReason.WrongCluster, "cluster c2 is not c1"), rejection);
    }

    [Fact]
    public void A_rejection_text_that_is_too_long_is_cut_between_characters()
    {
        var reader = new FrameReader(Samples.Reject(new string('筏', 1000)), 4096);
        Assert.True(reader.TryRead());
        Assert.True(reader.TryReadRejection(out var rejection));
        Assert.Equal(new string('筏', WireFormat.RejectionTextBytesMax / 3), rejection.Text);
    }

    [Fact]
    public void A_partial_frame_asks_for_the_bytes_it_needs()
    {
        var bytes = Samples.Frame(MessageType.Append);
        var early = new FrameReader(bytes.AsSpan(0, 10), bytes.Length);
        Assert.False(early.TryRead());
        Assert.Equal(WireErrorKind.Incomplete, early.Error.Kind);
        Assert.Equal(WireFormat.HeaderBytes, early.BytesNeeded);

        var late = new FrameReader(bytes.AsSpan(0, WireFormat.HeaderBytes), bytes.Length);
        Assert.False(late.TryRead());
        Assert.Equal(WireErrorKind.Incomplete, late.Error.Kind);
        Assert.Equal(bytes.Length, late.BytesNeeded);
    }

    [Fact]
    public void A_frame_over_the_limit_is_refused_naming_both_sizes()
    {
        var bytes = Samples.Frame(MessageType.Append);
        var error = Samples.Read(bytes, bytes.Length - 1);
        Assert.Equal(WireErrorKind.FrameTooLarge, error.Kind);
        Assert.Contains($"{bytes.Length} bytes", error.Text, StringComparison.Ordinal);
        Assert.Contains($"{bytes.Length - 1} bytes", error.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_version_is_refused_naming_both()
    {
        var bytes = Samples.Hello();
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(4), 2);
        var error = Samples.Read(bytes);
        Assert.Equal(WireErrorKind.UnsupportedVersion, error.Kind);
        Assert.Equal(
            "frame has format version 2; this build reads format version 1: run a newer Ikada on the older "
            + "of the two",
            error.Text);
    }

    [Fact]
    public void Another_protocol_is_refused_by_its_first_bytes() =>
        Assert.Equal(WireErrorKind.WrongMagic, Samples.Read("GET / HTTP/1.1\r\n"u8).Kind);

    [Theory]
    [InlineData(99)]
    [InlineData((byte)MessageType.InstallSnapshot)]
    public void A_message_type_that_is_no_frame_is_refused_by_number(byte type)
    {
        var bytes = Samples.Frame(MessageType.Vote);
        bytes[WireFormat.HeaderBytes] = type;
        Resealed.Seal(bytes);
        var error = Samples.Read(bytes);
        Assert.Equal(WireErrorKind.UnknownMessageType, error.Kind);
        Assert.Contains($"{type}", error.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_flag_is_refused()
    {
        var bytes = Samples.Frame(MessageType.Vote);
        bytes[WireFormat.HeaderBytes + 1] = 128;
        Resealed.Seal(bytes);
        var error = Samples.Read(bytes);
        Assert.Equal(WireErrorKind.Malformed, error.Kind);
        Assert.Contains("flags 128", error.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_entry_kind_is_refused_by_number()
    {
        var bytes = Samples.Frame(MessageType.Append);
        bytes[WireFormat.HeaderBytes + WireFormat.MessageBytes + 16] = 42;
        Resealed.Seal(bytes);
        var error = Samples.Read(bytes);
        Assert.Equal(WireErrorKind.UnknownEntryKind, error.Kind);
        Assert.Contains("42", error.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void An_entry_that_changed_before_the_frame_was_made_is_refused_by_its_own_checksum()
    {
        var entries = Samples.EntriesOf(MessageType.Append);
        entries[0] = entries[0] with { Body = "put a 2"u8.ToArray() };
        var error = Samples.Read(Samples.Frame(Samples.MessageOf(MessageType.Append), entries));
        Assert.Equal(WireErrorKind.WrongChecksum, error.Kind);
        Assert.Contains("4/42", error.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void An_append_whose_entries_leave_a_gap_is_never_written()
    {
        var entries = Samples.EntriesOf(MessageType.Append)[1..];
        Assert.Throws<InvariantException>(
            () => Samples.Frame(Samples.MessageOf(MessageType.Append), entries));
    }
}
