using Ikada.Consensus;
using Ikada.Node;
using Ikada.Primitives;
using Ikada.Wire;
using Microsoft.Extensions.Logging;

namespace Ikada;

/// <summary>A node that was started at another address than its group knows tells it. The others cannot reach
/// it before, so it asks.</summary>
internal sealed class MovedNode(RaftOptions options, RaftNode node, Inquiries inquiries, ILogger logger)
{
    private static readonly TimeSpan AskInterval = TimeSpan.FromMilliseconds(200);

    /// <summary>Ends once the group knows where this node is; at once where the operator tells it.</summary>
    public async Task TellAsync(
        Incarnation incarnation, Func<IEnumerable<string>> everybody, CancellationToken stop)
    {
        if (options.OperatorsAdd || NodeSettings.AddressOf(options) is not { } address)
        {
            return;
        }

        // What the others take from this node counts once they know its directory.
        while (node.Membership.Find(node.Status.Self)?.Incarnation != incarnation)
        {
            await Task.Delay(AskInterval, stop).ConfigureAwait(false);
        }

        if (options.Address is null)
        {
            await CompareAsync(address, stop).ConfigureAwait(false);
            return;
        }

        if (!IsKnownAt(address))
        {
            JoinLog.TellsAddress(logger, options.Name, Known, address);
        }

        while (!IsKnownAt(address))
        {
            await AskAsync(address, everybody(), stop).ConfigureAwait(false);
            await Task.Delay(AskInterval, stop).ConfigureAwait(false);
        }
    }

    // Initial members are read for a new directory only; they may be the older word.
    private async Task CompareAsync(string address, CancellationToken stop)
    {
        if (IsKnownAt(address))
        {
            // What this node has missed may say otherwise.
            await node.ReadBarrierAsync(stop).ConfigureAwait(false);
        }

        if (!IsKnownAt(address))
        {
            JoinLog.AddressDiffers(logger, options.Name, Known, address);
        }
    }

    private string Known => NodeSettings.MemberOf(node.Membership, node.Status.Self)?.Address ?? string.Empty;

    private bool IsKnownAt(string address) =>
        string.Equals(Known, address, StringComparison.OrdinalIgnoreCase);

    private async Task AskAsync(string address, IEnumerable<string> everybody, CancellationToken stop)
    {
        var change = new MembershipChange
        {
            Members =
            [
                new MemberChange(MemberChangeKind.Update, node.Status.Self)
                {
                    Attributes = new MemberAttributes(options.Name, address).Encode(),
                },
            ],
        };
        var answer = node.Status.Role == Role.Leader
            ? MemberDesk.From(await node.ChangeMembershipAsync(change, stop).ConfigureAwait(false))
            : (await inquiries.AskLeaderAsync(
                everybody, inquiries.Make(QuestionKind.Change) with { Change = change }, stop)
                .ConfigureAwait(false)).Answer;
        if (answer is { Status: AnswerStatus.Refused })
        {
            JoinLog.NotLetIn(logger, $"{options.Name} may not move to {address}: {answer.Text}");
        }
    }
}
