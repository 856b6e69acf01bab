using Ikada.Primitives;
using Ikada.Wire;
using Microsoft.Extensions.Logging;

namespace Ikada;

/// <summary>Looks for the group that <see cref="RaftOptions.Join"/> names, before the directory is
/// opened.</summary>
internal sealed class GroupLookout(RaftOptions options, Inquiries inquiries, ILogger logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan CheckTimeMax = TimeSpan.FromSeconds(1);

    /// <summary>Asks until a member answers.</summary>
    /// <exception cref="RaftJoinException">It is another group.</exception>
    public async Task<Answer> FindAsync(CancellationToken cancellation)
    {
        JoinLog.Asks(logger, options.Name, string.Join(", ", options.Join));
        for (var last = string.Empty; ;)
        {
            var problem = string.Empty;
            foreach (var address in options.Join)
            {
                var result = await inquiries.AskAsync(
                    address, inquiries.Make(QuestionKind.Look), cancellation).ConfigureAwait(false);
                if (result.Answer is { Status: AnswerStatus.Done, HoldsLog: true } answer)
                {
                    return answer;
                }

                ThrowIfRefused(result.Answer);
                problem = result.Answer is null ? result.Problem
                    : $"{address} holds nothing of the group yet; has it been founded?";
            }

            if (problem != last)
            {
                JoinLog.NotYet(logger, options.Name, problem);
                last = problem;
            }

            await Task.Delay(Interval, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Asks those that answer soon whether the directory is of their group. If nobody answers, it is
    /// left at that: all may be starting. Returns whom they name.</summary>
    /// <exception cref="RaftJoinException">It is of another group.</exception>
    public async Task<Membership> CheckAsync(CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(CheckTimeMax);
        foreach (var address in options.Join)
        {
            try
            {
                var result = await inquiries.AskAsync(
                    address, inquiries.Make(QuestionKind.Look), limit.Token).ConfigureAwait(false);
                ThrowIfRefused(result.Answer);
                if (result.Answer is { Status: AnswerStatus.Done, HoldsLog: true } answer)
                {
                    return answer.Membership;
                }
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                break;
            }
        }

        return Membership.Empty;
    }

    private void ThrowIfRefused(Answer? answer)
    {
        if (answer is { Status: AnswerStatus.Refused })
        {
            throw new RaftJoinException($"{options.Name} cannot join: {answer.Text}");
        }
    }
}
