using System.Diagnostics;
using Ikada.Consensus;
using Ikada.Node;
using Ikada.Primitives;
using Ikada.Replica;
using Ikada.Wire;
using Microsoft.Extensions.Logging;

namespace Ikada;

/// <summary>Answers what is asked of one group on the peer port: whether the group exists, wishes to join,
/// and the wishes that members pass on to the leader. A stranger gets the membership, a place as a learner
/// and, once it has caught up, a vote; nothing else.</summary>
internal sealed class MemberDesk(RaftOptions options, ILogger logger)
{
    /// <summary>The most members that a group gets by their own wish.</summary>
    public const int MembersMax = 64;

    private const string Unreadable = "a name or an address is too long or has control characters in it";
    private static readonly TimeSpan WishTimeMax = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RefusalLogInterval = TimeSpan.FromSeconds(1);
    private static readonly Incarnation Another = new(ulong.MaxValue);
    private volatile Opened? _opened;
    private long _loggedRefusal;

    /// <summary>From now on it answers.</summary>
    public void Open(RaftNode node, ClusterId cluster) => _opened = new Opened(node, cluster);

    /// <summary>Answers, on the calling thread, until <paramref name="closing"/>.</summary>
    public Answer Answer(FrameHeader from, Question question, CancellationToken closing)
    {
        if (_opened is not { } opened)
        {
            return new Answer(AnswerStatus.Later, $"{options.Name} is starting");
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(closing);
        limit.CancelAfter(WishTimeMax);
        Answer answer;
        try
        {
            answer = IsUnreadable(question) ? new Answer(AnswerStatus.Refused, Unreadable)
                : Misdirected(options, opened.Cluster, question) is { } wrong ? Refuse(question, wrong)
                : AnswerAsync(opened.Node, from.Sender, question, limit.Token).GetAwaiter().GetResult();
        }
        catch (NodeStoppedException)
        {
            answer = new Answer(AnswerStatus.Later, $"{options.Name} stops");
        }
        catch (OperationCanceledException)
        {
            answer = new Answer(AnswerStatus.Unknown, $"{options.Name} could not do it in time");
        }

        var (node, cluster) = opened;
        var status = node.Status;
        var membership = node.Membership;
        return answer with
        {
            HoldsLog = status.Last.Index > LogIndex.Zero,
            Cluster = cluster,
            Membership = ForStrangers(membership, from.Sender),
            LeaderAddress = NodeSettings.MemberOf(membership, status.Leader)?.Address ?? string.Empty,
        };
    }

    // What goes into messages and logs must be short and of one line, whoever sent it.
    private static bool IsUnreadable(Question question)
    {
        var all = question.ClusterName + question.Name + question.Address;
        return question.ClusterName.Length > RaftOptions.NameLengthMax
            || question.Name.Length > RaftOptions.NameLengthMax
            || question.Address.Length > RaftOptions.NameLengthMax || all.Any(char.IsControl);
    }

    // Incarnations are told to nobody: by them a member is known. Who asks learns whether its own is bound.
    private static Membership ForStrangers(Membership membership, FrameSender sender)
    {
        var members = new List<Member>();
        foreach (var member in membership.Members)
        {
            members.Add(member with
            {
                Incarnation = member.Id != sender.Node || member.Incarnation is not { } bound ? null
                    : bound == sender.Incarnation ? bound : Another,
            });
        }

        return new Membership(
            [.. members], membership.Voters, membership.OutgoingVoters, membership.Learners);
    }

    /// <summary>What is wrong with asking this one; null: nothing.</summary>
    public static string? Misdirected(RaftOptions options, ClusterId cluster, Question question) =>
        question.ClusterName != options.Cluster
            ? $"{question.Name} is set to join the group '{question.ClusterName}', and {options.Name} is of "
                + $"the group '{options.Cluster}': set RaftOptions.Cluster of {question.Name} to "
                + $"'{options.Cluster}', or its RaftOptions.Join to members of '{question.ClusterName}'"
            : question.Cluster != default && question.Cluster != cluster
            ? $"the directory of {question.Name} belongs to the group '{question.ClusterName}' with the id "
                + $"{question.Cluster}, and {options.Name} is of the group '{options.Cluster}' with the id "
                + $"{cluster}, which is another: set RaftOptions.DataDirectory of {question.Name} to "
                + "an empty directory, or its RaftOptions.Join to members of its own group"
            : null;

    private async Task<Answer> AnswerAsync(
        RaftNode node, FrameSender sender, Question question, CancellationToken limit)
    {
        if (question.Kind == QuestionKind.Look)
        {
            return new Answer(AnswerStatus.Done, string.Empty);
        }

        if (node.Status.Role != Role.Leader)
        {
            return new Answer(AnswerStatus.NotLeader, $"{options.Name} does not lead");
        }

        return question.Kind switch
        {
            QuestionKind.Join => await JoinAsync(node, sender, question, limit).ConfigureAwait(false),
            QuestionKind.Promote => await PromoteAsync(node, sender, question, limit).ConfigureAwait(false),
            _ when node.Membership.Find(sender.Node)?.Incarnation != sender.Incarnation => Refuse(
                question, "only members pass on wishes, and it is none under its incarnation"),
            _ => From(await node.ChangeMembershipAsync(question.Change, limit).ConfigureAwait(false)),
        };
    }

    private async Task<Answer> JoinAsync(
        RaftNode node, FrameSender sender, Question question, CancellationToken limit)
    {
        if (Contradiction(node, sender, question) is { } wrong)
        {
            return Refuse(question, wrong);
        }

        var membership = node.Membership;
        var member = membership.Find(sender.Node);
        if (member is null && options.OperatorsAdd)
        {
            return Refuse(question, $"{question.Name} is no member (any more): have it added first, and "
                + "start it with an empty directory");
        }

        if (member is not null && (member.Incarnation is null || member.Incarnation == sender.Incarnation))
        {
            var part = membership.IsVoter(sender.Node) ? "voter" : "learner";
            return new Answer(AnswerStatus.Done, $"{question.Name} is a {part} already");
        }

        if (!options.AcceptsJoins)
        {
            return Refuse(question, NoJoins);
        }

        if (member is null && membership.Members.Length >= MembersMax)
        {
            return Refuse(question, $"the group has {membership.Members.Length} members, and by their own "
                + $"wish no more than {MembersMax} get in: remove some, or have it added by "
                + "Members.AddLearnerAsync");
        }

        var outcome = await node.ChangeMembershipAsync(
            new MembershipChange { Members = [Arrival(sender, question)] }, limit).ConfigureAwait(false);
        if (outcome is { Kind: OutcomeKind.Refused, Refusal: Refusal.MemberIsAlive })
        {
            var taken = $"the name '{question.Name}' is that of a member which is alive, at "
                + $"{NodeSettings.MemberOf(node.Membership, sender.Node)?.Address}: stop that one, or set "
                + "another RaftOptions.Name";
            LogRefusal(question, taken);
            return new Answer(AnswerStatus.NameTaken, taken);
        }

        if (outcome.Kind == OutcomeKind.Applied)
        {
            JoinLog.Adds(logger, options.Name, question.Name, question.Address, sender.Incarnation);
        }

        return From(outcome);
    }

    private MemberChange Arrival(FrameSender sender, Question question) =>
        new(MemberChangeKind.Learner, sender.Node)
        {
            Attributes = options.OperatorsAdd ? null
                : new MemberAttributes(question.Name, question.Address).Encode(),
            ForgetsIncarnation = true, OnlyIfSilent = true,
        };

    private async Task<Answer> PromoteAsync(
        RaftNode node, FrameSender sender, Question question, CancellationToken limit)
    {
        var membership = node.Membership;
        if (!options.AcceptsJoins)
        {
            return Refuse(question, NoJoins);
        }

        if (!membership.Contains(sender.Node))
        {
            return Refuse(question, $"{question.Name} is no member (any more): to let it in again, start it "
                + "with RaftOptions.Join and an empty directory");
        }

        if (membership.Find(sender.Node)?.Incarnation != sender.Incarnation)
        {
            return new Answer(AnswerStatus.Later, $"{question.Name} has not been heard as a member yet");
        }

        if (membership.IsVoter(sender.Node))
        {
            return new Answer(AnswerStatus.Done, $"{question.Name} is a voter");
        }

        var outcome = await node.ChangeMembershipAsync(
            new MembershipChange { Members = [new MemberChange(MemberChangeKind.Voter, sender.Node)] },
            limit).ConfigureAwait(false);
        if (outcome.Kind == OutcomeKind.Applied)
        {
            JoinLog.MadeVoter(logger, options.Name, question.Name);
        }

        return From(outcome);
    }

    private string? Contradiction(RaftNode node, FrameSender sender, Question question)
    {
        if (options.OperatorsAdd)
        {
            return sender.Incarnation == default ? "it must say an incarnation" : null;
        }

        if (string.IsNullOrWhiteSpace(question.Name) || !Addresses.TryParse(question.Address, out _)
            || sender.Node != NodeSettings.IdOf(question.Name, options.Cluster)
            || sender.Incarnation == default)
        {
            return "it must say a name, the id that belongs to it, an incarnation and an address (host:port)";
        }

        foreach (var member in node.Membership.Members)
        {
            if (member.Id != sender.Node
                && NodeSettings.MemberOf(node.Membership, member.Id) is { } other
                && string.Equals(other.Address, question.Address, StringComparison.OrdinalIgnoreCase))
            {
                return $"the address {question.Address} is that of {other.Name}: each node needs its own";
            }
        }

        return null;
    }

    private string NoJoins =>
        $"{options.Name}, which leads, lets nobody in by their own wish (RaftOptions.AcceptsJoins): have it "
            + "added by Members.AddLearnerAsync and Members.PromoteAsync";

    private Answer Refuse(Question question, string why)
    {
        LogRefusal(question, why);
        return new Answer(AnswerStatus.Refused, why);
    }

    // Whoever asks in a loop does not fill the log.
    private void LogRefusal(Question question, string why)
    {
        var last = Interlocked.Read(ref _loggedRefusal);
        if ((last == 0 || Stopwatch.GetElapsedTime(last) > RefusalLogInterval)
            && Interlocked.CompareExchange(ref _loggedRefusal, Stopwatch.GetTimestamp(), last) == last)
        {
            JoinLog.Refuses(logger, options.Name, question.Name, question.Address, why);
        }
    }

    /// <summary>What a change came to, as an answer.</summary>
    public static Answer From(in WriteOutcome outcome) =>
        outcome.Kind switch
        {
            OutcomeKind.Applied => new Answer(AnswerStatus.Done, string.Empty),
            OutcomeKind.Refused when outcome.Refusal == Refusal.NotLeader =>
                new Answer(AnswerStatus.NotLeader, "it leads no more"),
            OutcomeKind.Refused => new Answer(
                WishSender.IsPassing(outcome.Refusal) ? AnswerStatus.Later : AnswerStatus.Refused,
                outcome.Reason ?? outcome.Refusal.ToString())
            {
                Refusal = outcome.Refusal,
            },
            _ => new Answer(AnswerStatus.Unknown, "it is not known whether it was done"),
        };

    private sealed record Opened(RaftNode Node, ClusterId Cluster);
}
