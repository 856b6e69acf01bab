using System.Collections.Concurrent;
using Ikada.Primitives;
using Ikada.Wire;

namespace Ikada;

/// <summary>The desks of a process: one for each group that is open. What is asked is answered by that of the
/// group in the frame.</summary>
/// <param name="options">The process's.</param>
/// <param name="cluster">What its directory belongs to.</param>
internal sealed class MemberDesks(RaftOptions options, ClusterId cluster) : IDisposable
{
    /// <summary>Asked under the id of no group is the process itself: what its directory belongs
    /// to.</summary>
    public static readonly GroupId Process;

    private readonly ConcurrentDictionary<GroupId, MemberDesk> _desks = new();
    private readonly CancellationTokenSource _closing = new();

    /// <summary>A group begins to answer, even if only that it is starting.</summary>
    public void Add(GroupId group, MemberDesk desk) => _desks[group] = desk;

    /// <summary>A group answers no more.</summary>
    public void Remove(GroupId group) => _desks.TryRemove(group, out _);

    /// <summary>Answers, on the calling thread. Of a group that is not open nothing is said: what the log
    /// holds of it has not been looked at.</summary>
    public Answer Answer(FrameHeader from, Question question)
    {
        if (_desks.TryGetValue(from.Group, out var desk))
        {
            return desk.Answer(from, question, _closing.Token);
        }

        if (from.Group != Process || question.Kind != QuestionKind.Look)
        {
            return new Answer(AnswerStatus.Later, $"{options.Name} has not opened that group");
        }

        return MemberDesk.Misdirected(options, cluster, question) is { } wrong
            ? new Answer(AnswerStatus.Refused, wrong)
            : new Answer(AnswerStatus.Done, string.Empty) { HoldsLog = true, Cluster = cluster };
    }

    /// <summary>Ends what is being answered: connections do not hold up the end of the process.</summary>
    public void Close() => _closing.Cancel();

    public void Dispose() => _closing.Dispose();
}
