using Ikada.Wire;

namespace Ikada.Transport.Tests;

/// <summary>Questions of those who need not be members.</summary>
public sealed class AskingTests
{
    private static readonly Question Look = new(QuestionKind.Look, "group") { Name = "stranger" };

    [Fact]
    public async Task A_stranger_gets_an_answer_and_no_more()
    {
        var endPoints = Cluster.FreeEndPoints(1);
        await using var peer = await Cluster.StartAsync(Cluster.Options(0, endPoints) with
        {
            Answers = (from, question) =>
                new Answer(AnswerStatus.Later, $"{from.Sender.Node} {question.Name} {from.Group}"),
        });

        var result = await Inquirer(7).AskAsync(
            endPoints[0], Cluster.Group, Look, TestContext.Current.CancellationToken);

        Assert.Equal(
            (AnswerStatus.Later, $"{Cluster.Node(7)} stranger {Cluster.Group}"),
            (result.Answer!.Status, result.Answer.Text));
        Assert.False(peer.Log.Contains("connected from"));
    }

    [Fact]
    public async Task Where_nobody_answers_or_listens_nothing_was_asked()
    {
        var endPoints = Cluster.FreeEndPoints(2);
        await using var peer = await Cluster.StartAsync(Cluster.Options(0, endPoints));

        var mute = await Inquirer(7).AskAsync(
            endPoints[0], Cluster.Group, Look, TestContext.Current.CancellationToken);
        var absent = await Inquirer(7).AskAsync(
            endPoints[1], Cluster.Group, Look, TestContext.Current.CancellationToken);

        Assert.Null(mute.Answer);
        Assert.Contains("does not answer", mute.Problem, StringComparison.Ordinal);
        Assert.Null(absent.Answer);
        Assert.False(mute.WasSent || absent.WasSent);
    }

    [Fact]
    public async Task A_question_that_breaks_off_may_have_been_heard()
    {
        var endPoints = Cluster.FreeEndPoints(1);
        using var listener = new System.Net.Sockets.TcpListener(endPoints[0]);
        listener.Start();
        var asking = Inquirer(7).AskAsync(
            endPoints[0], Cluster.Group, Look, TestContext.Current.CancellationToken);
        using (var socket = await listener.AcceptSocketAsync(TestContext.Current.CancellationToken))
        {
            await socket.ReceiveAsync(new byte[4096], TestContext.Current.CancellationToken);
        }

        var result = await asking;
        Assert.True(result.Answer is null && result.WasSent);
    }

    private static PeerInquirer Inquirer(int number) =>
        new(Cluster.Options(number, Cluster.FreeEndPoints(number + 1)) with { Peers = [] }, new LogLines());
}
