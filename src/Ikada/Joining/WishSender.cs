using System.Diagnostics;
using Ikada.Consensus;
using Ikada.Node;
using Ikada.Wire;

namespace Ikada;

/// <summary>Has the membership changed: by this node where it leads, by the leader otherwise.</summary>
internal sealed class WishSender(RaftNode node, Inquiries inquiries)
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan HeardHereTimeMax = TimeSpan.FromSeconds(2);

    /// <summary>Whether it is refused only for the time being.</summary>
    public static bool IsPassing(Refusal refusal) => refusal
        is Refusal.MembershipChangePending or Refusal.LearnerNotReady or Refusal.Transferring
        or Refusal.NoLeader or Refusal.Overloaded or Refusal.TooMuchUncommitted;

    /// <summary>Tries once. What is done stands in the membership of this node as well, unless that is
    /// removed.</summary>
    /// <exception cref="NodeStoppedException">The node has stopped or is stopping.</exception>
    public async Task<Answer> SendAsync(MembershipChange change, CancellationToken cancellation)
    {
        var answer = await TryAsync(change, cancellation).ConfigureAwait(false);
        if (answer.Status == AnswerStatus.Done)
        {
            await WaitUntilHeardHereAsync(change, cancellation).ConfigureAwait(false);
        }

        return answer;
    }

    private async Task<Answer> TryAsync(MembershipChange change, CancellationToken cancellation)
    {
        var outcome = await node.ChangeMembershipAsync(change, cancellation).ConfigureAwait(false);
        var own = MemberDesk.From(outcome);
        if (own.Status != AnswerStatus.NotLeader
            || NodeSettings.MemberOf(node.Membership, outcome.Leader) is not { } leader)
        {
            return own;
        }

        var result = await inquiries.AskAsync(
            leader.Address, inquiries.Make(QuestionKind.Change) with { Change = change }, cancellation)
            .ConfigureAwait(false);
        return result.Answer
            ?? new Answer(result.WasSent ? AnswerStatus.Unknown : AnswerStatus.Later, result.Problem);
    }

    // Where it was passed on, this node hears of it a little later than its caller would; if this node itself
    // was removed, perhaps never.
    private async Task WaitUntilHeardHereAsync(MembershipChange change, CancellationToken cancellation)
    {
        var start = Stopwatch.GetTimestamp();
        while (!change.Members.All(IsHeardHere) && Stopwatch.GetElapsedTime(start) < HeardHereTimeMax)
        {
            await Task.Delay(RetryDelay, cancellation).ConfigureAwait(false);
        }
    }

    private bool IsHeardHere(MemberChange change)
    {
        var membership = node.Membership;
        return change.Kind switch
        {
            MemberChangeKind.Remove => change.Id == node.Status.Self || !membership.Contains(change.Id),
            MemberChangeKind.Voter => membership.IsVoter(change.Id),
            MemberChangeKind.Update => membership.Find(change.Id) is not { } member
                || change.Attributes is not { } wanted
                || member.Attributes.Span.SequenceEqual(wanted.Span),
            _ => membership.Contains(change.Id),
        };
    }
}
