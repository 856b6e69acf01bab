using System.Diagnostics;
using Ikada.Log;
using Ikada.Node;
using Ikada.Primitives;
using Ikada.Wire;
using Microsoft.Extensions.Logging;

namespace Ikada;

/// <summary>
/// Brings a node that holds nothing into its group: founds it with the others if none of them holds anything,
/// joins it otherwise, and has itself made a voter once it has caught up. Whatever it does, the incarnations
/// keep the group safe (docs/protocol/membership.md): until the group has bound this directory's, or all
/// founders are known to be new, the node does not vote.
/// </summary>
internal sealed class Newcomer(
    RaftOptions options,
    RaftNode node,
    DirectoryIdentity directory,
    Inquiries inquiries,
    Action<Membership> tell,
    ILogger logger)
{
    private static readonly TimeSpan AskIntervalMin = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan AskIntervalMax = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan RefusedInterval = TimeSpan.FromSeconds(5);
    private string _lastProblem = string.Empty;
    private bool _lostItsVote;
    private bool _hasAsked;

    private NodeId Self => directory.Node;

    private Incarnation Incarnation => directory.Incarnation;

    private bool HoldsLog => node.Status.Last.Index > LogIndex.Zero;

    /// <summary>All that is left to do once the node runs. Ends with it at the latest.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            if (!await FindPlaceAsync(stop).ConfigureAwait(false))
            {
                await ComeBackAsync(stop).ConfigureAwait(false);
                // Until it has read that, its own log may still count it among the founders.
                while (node.Membership.Find(Self)?.Incarnation != Incarnation)
                {
                    await Task.Delay(AskIntervalMin, stop).ConfigureAwait(false);
                }
            }

            // One that was removed is not told so before it asks for its vote; it has no address to tell.
            var moved = new MovedNode(options, node, inquiries, logger);
            await Task.WhenAll(
                moved.TellAsync(Incarnation, Everybody, stop),
                options.JoinAs == JoinRole.Voter || _lostItsVote ? BecomeVoterAsync(stop)
                    : Task.CompletedTask).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The node stops; the next start goes on.
            return;
        }
        catch (NodeStoppedException)
        {
            // It has said why.
            return;
        }
    }

    /// <summary>A member has told who belongs to the group.</summary>
    public void Told(Membership told)
    {
        _lostItsVote |= told.IsVoter(Self) && told.Find(Self)?.Incarnation is { } bound
            && bound != Incarnation;
        tell(told);
    }

    /// <summary>Asks until this node is a member.</summary>
    /// <exception cref="RaftJoinException">It is refused.</exception>
    public async Task JoinAsync(CancellationToken cancellation)
    {
        var nameTakenSince = Stopwatch.GetTimestamp();
        var patience = 3 * options.ElectionTimeout;
        for (var interval = AskIntervalMin; ; interval = Longer(interval))
        {
            var (status, text) = await AskToJoinAsync(cancellation).ConfigureAwait(false);
            if (status == AnswerStatus.Done)
            {
                return;
            }

            if (status != AnswerStatus.NameTaken)
            {
                nameTakenSince = Stopwatch.GetTimestamp();
            }

            // A process of that name that has just ended counts as alive for an election timeout.
            if (status == AnswerStatus.Refused || Stopwatch.GetElapsedTime(nameTakenSince) > patience)
            {
                throw new RaftJoinException($"{options.Name} is not let in: {text}");
            }

            NotYet(text);
            await Task.Delay(interval, cancellation).ConfigureAwait(false);
        }
    }

    // Whether this node is a member under its incarnation, or may help to found the group.
    private async Task<bool> FindPlaceAsync(CancellationToken stop)
    {
        var others = Founders();
        if (others.Length > 0 && node.Membership.Find(Self) is { Incarnation: null })
        {
            return await FoundAsync(others, stop).ConfigureAwait(false);
        }

        // One that is not in its own log is catching up or was removed: it does not come back by itself.
        return IsKnown(node.Membership);
    }

    private KeyValuePair<string, string>[] Founders() =>
        [.. options.InitialMembers.Where(member => member.Key != options.Name)];

    private async Task<bool> FoundAsync(KeyValuePair<string, string>[] others, CancellationToken stop)
    {
        JoinLog.AsksFounders(logger, options.Name, string.Join(", ", others.Select(other => other.Key)));
        var reports = new FoundingReports(options.Name, logger);
        for (var interval = AskIntervalMin; ; interval = Longer(interval))
        {
            if (node.Membership.Find(Self)?.Incarnation is { } bound)
            {
                // A leader serves this node.
                return bound == Incarnation || IsKnown(node.Membership);
            }

            var answers = await Task.WhenAll(others.Select(other => inquiries.AskAsync(
                other.Value, inquiries.Make(QuestionKind.Look), stop))).ConfigureAwait(false);
            var holders = answers.Where(each => each.Answer is { Status: AnswerStatus.Done, HoldsLog: true })
                .Select(each => each.Answer!.Membership).ToList();
            if (holders.Count > 0 && IsPlaceKnown(holders, reports, out var isMember))
            {
                return isMember;
            }

            var haveAll = answers.All(each => each.Answer is { Status: AnswerStatus.Done });
            if (!HoldsLog && holders.Count == 0 && haveAll)
            {
                if (!directory.IsStartedOver)
                {
                    JoinLog.Founds(logger, options.Name);
                    node.FoundersAreNew();
                    return true;
                }

                reports.NothingLeft();
            }
            else if (!HoldsLog && holders.Count == 0)
            {
                reports.Waits(others.Zip(answers), options.Cluster);
            }

            await Task.Delay(interval, stop).ConfigureAwait(false);
        }
    }

    // What those say who hold something. One that knows of another incarnation is right against those whose
    // logs do not reach that far.
    private bool IsPlaceKnown(List<Membership> holders, FoundingReports reports, out bool isMember)
    {
        holders.ForEach(Told);
        isMember = holders.All(IsKnown);
        if (!isMember)
        {
            return true;
        }

        if (directory.IsStartedOver)
        {
            isMember = false;
            return true;
        }

        if (holders.Any(membership => membership.Contains(Self)))
        {
            JoinLog.IsMember(logger, options.Name, Incarnation);
            node.FoundersAreNew();
            return true;
        }

        reports.IsNoMember();
        return false;
    }

    private bool IsKnown(Membership membership)
    {
        if (membership.Find(Self)?.Incarnation is not { } bound || bound == Incarnation)
        {
            return true;
        }

        JoinLog.WasWiped(logger, options.Name, Incarnation);
        return false;
    }

    private async Task ComeBackAsync(CancellationToken stop)
    {
        while (true)
        {
            try
            {
                await JoinAsync(stop).ConfigureAwait(false);
                return;
            }
            catch (RaftJoinException refusal)
            {
                JoinLog.NotLetIn(logger, refusal.Message);
            }

            await Task.Delay(RefusedInterval, stop).ConfigureAwait(false);
        }
    }

    private async Task<(AnswerStatus Status, string Text)> AskToJoinAsync(CancellationToken cancellation)
    {
        var where = Everybody();
        if (!_hasAsked)
        {
            _hasAsked = true;
            JoinLog.Asks(logger, options.Name, string.Join(", ", where));
        }

        var result = await inquiries.AskLeaderAsync(
            where, inquiries.Make(QuestionKind.Join, NodeSettings.AddressOf(options) ?? string.Empty),
            cancellation).ConfigureAwait(false);
        if (result.Answer is not { } answer)
        {
            return (AnswerStatus.Later, result.Problem);
        }

        if (answer.Status == AnswerStatus.Done)
        {
            Told(answer.Membership);
            JoinLog.LetIn(
                logger, options.Name, Incarnation, answer.Text.Length > 0 ? answer.Text : "as a learner");
        }

        var text = answer is { Status: AnswerStatus.NotLeader, LeaderAddress: "" }
            ? "no leader is known; a majority of the voters must be alive. If it is lost for good, see "
                + "'ikada recover'"
            : answer.Text;
        return (answer.Status, text);
    }

    private async Task BecomeVoterAsync(CancellationToken stop)
    {
        if (node.Membership.IsVoter(Self))
        {
            return;
        }

        for (var interval = AskIntervalMin; !node.Membership.IsVoter(Self); interval = Longer(interval))
        {
            // Asked once its own log says that it is in, for then it has nearly caught up; or if the log does
            // not name it at all, to hear whether it was removed.
            var isRefused = false;
            if (HoldsLog && node.Membership.Find(Self) is not { Incarnation: null })
            {
                var result = await inquiries.AskLeaderAsync(
                    Everybody(), inquiries.Make(QuestionKind.Promote), stop).ConfigureAwait(false);
                var text = result.Answer is { } answer ? answer.Text : result.Problem;
                JoinLog.NotPromotedYet(logger, options.Name, text);
                if (result.Answer is { Status: AnswerStatus.Refused })
                {
                    isRefused = true;
                    NotYet(text);
                }
            }

            await Task.Delay(isRefused ? RefusedInterval : interval, stop).ConfigureAwait(false);
        }

        JoinLog.Promoted(logger, options.Name);
    }

    // The leader first, as far as it is known.
    private List<string> Everybody()
    {
        var addresses = new List<string>();
        var membership = node.Membership;
        Add(NodeSettings.MemberOf(membership, node.Status.Leader)?.Address);
        foreach (var member in membership.Members)
        {
            Add(member.Id == Self ? null : NodeSettings.MemberOf(membership, member.Id)?.Address);
        }

        foreach (var address in options.Join.Concat(Founders().Select(founder => founder.Value)))
        {
            Add(address);
        }

        return addresses;

        void Add(string? address)
        {
            if (!string.IsNullOrEmpty(address) && !addresses.Contains(address))
            {
                addresses.Add(address);
            }
        }
    }

    private void NotYet(string why)
    {
        if (why != _lastProblem)
        {
            _lastProblem = why;
            JoinLog.NotYet(logger, options.Name, why);
        }
    }

    private static TimeSpan Longer(TimeSpan interval) =>
        TimeSpan.FromTicks(Math.Min(2 * interval.Ticks, AskIntervalMax.Ticks));
}
