using Ikada.Primitives;
using Ikada.Transport;
using Ikada.Wire;

namespace Ikada;

/// <summary>What this node asks of members: whom, and where the leader is.</summary>
/// <param name="options">This node's.</param>
/// <param name="inquirer">Asks under the incarnation of this node's directory.</param>
/// <param name="cluster">The group that its directory belongs to; 0: to none yet.</param>
/// <param name="group">Which of the process's groups asks.</param>
/// <param name="turns">Bounds how many groups look at the same time; null: there is but one.</param>
internal sealed class Inquiries(
    RaftOptions options, PeerInquirer inquirer, ClusterId cluster, GroupId group, SemaphoreSlim? turns = null)
{
    // A leader may have changed while we were sent to it; then the next one is asked.
    private const int HopsMax = 4;

    /// <summary>The question of that kind, with what this node says of itself.</summary>
    public Question Make(QuestionKind kind, string address = "") =>
        new(kind, options.Cluster) { Cluster = cluster, Name = options.Name, Address = address };

    /// <summary>Asks one member.</summary>
    public async Task<InquiryResult> AskAsync(
        string address, Question question, CancellationToken cancellation)
    {
        if (!Addresses.TryParse(address, out var endPoint))
        {
            return new InquiryResult(null, WasSent: false, $"'{address}' is no host:port");
        }

        // Wishes may take long, and must not wait for each other.
        if (turns is null || question.Kind != QuestionKind.Look)
        {
            return await inquirer.AskAsync(endPoint, group, question, cancellation).ConfigureAwait(false);
        }

        await turns.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            return await inquirer.AskAsync(endPoint, group, question, cancellation).ConfigureAwait(false);
        }
        finally
        {
            turns.Release();
        }
    }

    /// <summary>Asks the members at <paramref name="addresses"/> in turn, follows them to the leader, and
    /// returns what it says, or else the best that was heard.</summary>
    public async Task<InquiryResult> AskLeaderAsync(
        IEnumerable<string> addresses, Question question, CancellationToken cancellation)
    {
        var best = new InquiryResult(null, WasSent: false, "there is nobody to ask");
        foreach (var address in addresses)
        {
            var next = address;
            for (var hop = 0; hop < HopsMax && next.Length > 0; hop++)
            {
                var result = await AskAsync(next, question, cancellation).ConfigureAwait(false);
                if (result.Answer is null && best.Answer is not null)
                {
                    break;
                }

                best = result with { WasSent = result.WasSent || best.WasSent };
                if (result.Answer is not { Status: AnswerStatus.NotLeader } elsewhere)
                {
                    break;
                }

                next = elsewhere.LeaderAddress;
            }

            if (best.Answer is { Status: not AnswerStatus.NotLeader })
            {
                return best;
            }
        }

        return best;
    }
}
