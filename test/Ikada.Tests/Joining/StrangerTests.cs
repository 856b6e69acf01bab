using System.Net;
using Ikada.Consensus;
using Ikada.Primitives;
using Ikada.Transport;
using Ikada.Wire;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ikada.Tests.Joining;

/// <summary>What somebody gets who is no member and says what he likes.</summary>
public sealed class StrangerTests
{
    [Fact]
    public async Task A_stranger_reads_the_members_and_not_their_incarnations()
    {
        await using var group = await Group.StartAsync("a");
        await group["a"].ProposeAsync(new Add(1), Group.Token);

        var answer = await AskAsync(group, "a", 1, new Question(QuestionKind.Look, "test") { Name = "a" });

        Assert.True(answer is { Status: AnswerStatus.Done, HoldsLog: true });
        var member = Assert.Single(answer.Membership.Members.ToArray());
        Assert.Equal(new Incarnation(ulong.MaxValue), member.Incarnation);
    }

    [Theory]
    [InlineData(QuestionKind.Change, "a", "only members")]
    [InlineData(QuestionKind.Change, "x", "only members")]
    [InlineData(QuestionKind.Promote, "x", "is no member (any more)")]
    [InlineData(QuestionKind.Join, "x\u001b[2J", "control characters")]
    public async Task A_stranger_changes_nothing(QuestionKind kind, string name, string why)
    {
        await using var group = await Group.StartAsync("a");
        await group["a"].ProposeAsync(new Add(1), Group.Token);
        var question = new Question(kind, "test")
        {
            Name = name, Address = "127.0.0.1:1",
            Change = new MembershipChange
            {
                Members = [new MemberChange(MemberChangeKind.Learner, new NodeId(7))],
            },
        };

        var answer = await AskAsync(group, name, 1, question);

        Assert.Equal(AnswerStatus.Refused, answer.Status);
        Assert.Contains(why, answer.Text, StringComparison.Ordinal);
        await Group.HasMembersAsync(group["a"], "a");
    }

    [Fact]
    public async Task A_name_must_have_the_id_that_belongs_to_it_and_an_address_of_its_own()
    {
        await using var group = await Group.StartAsync("a");
        await group["a"].ProposeAsync(new Add(1), Group.Token);
        var join = new Question(QuestionKind.Join, "test") { Name = "x", Address = "127.0.0.1:1" };

        var forged = await AskAsync(group, "y", 1, join);
        var nameless = await AskAsync(group, "x", 0, join);
        var doubled = await AskAsync(group, "x", 1, join with { Address = group.AddressOf("a") });

        Assert.Contains("the id that belongs to it", forged.Text, StringComparison.Ordinal);
        Assert.Contains("an incarnation", nameless.Text, StringComparison.Ordinal);
        Assert.Contains("is that of a", doubled.Text, StringComparison.Ordinal);
        await Group.HasMembersAsync(group["a"], "a");
    }

    private static async Task<Answer> AskAsync(
        Group group, string sender, ulong incarnation, Question question)
    {
        var options = new TransportOptions
        {
            Cluster = default,
            Self = new FrameSender(
                NodeSettings.IdOf(sender, "test"), new Incarnation(incarnation), new StartCount(1)),
            ListenOn = [],
        };
        var result = await new PeerInquirer(options, NullLoggerFactory.Instance).AskAsync(
            IPEndPoint.Parse(group.AddressOf("a")), new RaftOptions().Node.Group, question, Group.Token);
        Assert.True(result.Answer is not null, result.Problem);
        return result.Answer;
    }
}
