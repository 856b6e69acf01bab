using System.Buffers;
using Ikada.Consensus;
using Ikada.Primitives;

namespace Ikada.Wire.Tests;

/// <summary>What strangers and members ask, and the answers.</summary>
public sealed class AskingTests
{
    [Fact]
    public void A_question_comes_back_as_it_was_written_what_is_absent_stays_absent()
    {
        var reader = new FrameReader(Samples.Ask(), WireFormat.AskBytesMax);
        Assert.True(reader.TryRead());
        Assert.Equal(Samples.Sender, reader.Header.Sender);
        Assert.True(reader.TryReadQuestion(out var read));

        var expected = Samples.Question;
        Assert.Equal((expected.Kind, expected.ClusterName, expected.Cluster, expected.Name, expected.Address),
            (read.Kind, read.ClusterName, read.Cluster, read.Name, read.Address));
        Assert.Equal((expected.Change.Mode, expected.Change.Lease), (read.Change.Mode, read.Change.Lease));
        var (first, second) = (read.Change.Members[0], read.Change.Members[1]);
        Assert.Equal("attributes"u8, first.Attributes!.Value.Span);
        Assert.True(first.ForgetsIncarnation && first.OnlyIfSilent && first.Priority is null);
        Assert.Equal((MemberChangeKind.Update, Samples.To), (second.Kind, second.Id));
        Assert.True(second.Attributes is null && second.Priority == 3 && !second.ForgetsIncarnation);
    }

    [Fact]
    public void A_change_without_a_lease_leaves_the_lease_as_it_is()
    {
        var question = new Question(QuestionKind.Look, "g");
        Assert.Null(Question.TryDecode(question.Encode())!.Change.Lease);
    }

    [Fact]
    public void A_change_may_say_by_which_members_it_was_judged()
    {
        Assert.Null(Question.TryDecode(Samples.Question.Encode())!.Change.Expected);
        var judged = Samples.Question with
        {
            Change = Samples.Question.Change with { Expected = 0xFEED },
        };
        var read = Question.TryDecode(judged.Encode())!;
        Assert.Equal(0xFEEDUL, read.Change.Expected);
        Assert.Equal(2, read.Change.Members.Count);
        Assert.Null(Question.TryDecode(judged.Encode().AsSpan()[..^1]));
        Assert.Null(Question.TryDecode([.. judged.Encode(), 0]));
    }

    [Fact]
    public void An_answer_comes_back_as_it_was_written()
    {
        var reader = new FrameReader(Samples.Tell(), WireFormat.TellBytesMax);
        Assert.True(reader.TryRead());
        Assert.True(reader.TryReadAnswer(out var read));

        var expected = Samples.Answer;
        Assert.Equal(
            (expected.Status, expected.Text, expected.HoldsLog, expected.Cluster, expected.LeaderAddress),
            (read.Status, read.Text, read.HoldsLog, read.Cluster, read.LeaderAddress));
        Assert.Equal(expected.Membership.Encode(), read.Membership.Encode());
    }

    [Fact]
    public void A_payload_of_a_newer_version_or_of_a_kind_nobody_knows_is_refused()
    {
        var bytes = Samples.Question.Encode();
        bytes[0]++;
        Assert.Null(Question.TryDecode(bytes));
        bytes[0]--;
        bytes[1] = 200;
        Assert.Null(Question.TryDecode(bytes));
        Assert.Null(Answer.TryDecode([2, .. Samples.Answer.Encode().AsSpan(1)]));
    }

    [Fact]
    public void A_question_too_long_for_a_stranger_s_frame_is_not_written()
    {
        var question = Samples.Question with { Name = new string('n', WireFormat.AskBytesMax) };
        var error = Assert.Throws<ArgumentException>(() => FrameWriter.WriteAsk(
            new ArrayBufferWriter<byte>(), Samples.Group, Samples.Sender, NodeId.None, question));
        Assert.Contains($"limit of {WireFormat.AskBytesMax}", error.Message, StringComparison.Ordinal);
    }
}
