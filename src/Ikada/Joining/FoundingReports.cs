using System.Diagnostics;
using Ikada.Transport;
using Ikada.Wire;
using Microsoft.Extensions.Logging;

namespace Ikada;

/// <summary>Says now and then why a group is not founded yet.</summary>
internal sealed class FoundingReports(string name, ILogger logger)
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);
    private TimeSpan _next = First;
    private readonly long _start = Stopwatch.GetTimestamp();

    /// <summary>Some do not answer, or not with what was asked.</summary>
    public void Waits(
        IEnumerable<(KeyValuePair<string, string> Founder, InquiryResult Result)> asked, string cluster)
    {
        if (!IsDue())
        {
            return;
        }

        var silent = asked.Where(one => one.Result.Answer is not { Status: AnswerStatus.Done }).Select(one =>
            $"{one.Founder.Key} at {one.Founder.Value} of group '{cluster}' "
                + $"({one.Result.Answer?.Text ?? one.Result.Problem})");
        JoinLog.WaitsForFounders(logger, name, string.Join(", ", silent));
    }

    /// <summary>The group has no place for this node.</summary>
    public void IsNoMember()
    {
        if (IsDue())
        {
            JoinLog.IsNoMember(logger, name);
        }
    }

    /// <summary>This node lost its log, and nobody holds anything.</summary>
    public void NothingLeft()
    {
        if (IsDue())
        {
            JoinLog.NothingLeft(logger, name);
        }
    }

    private bool IsDue()
    {
        var now = Stopwatch.GetElapsedTime(_start);
        if (now < _next)
        {
            return false;
        }

        _next = now + Interval;
        return true;
    }
}
