using Ikada.Faults.Clients;
using Ikada.Faults.Running;

namespace Ikada.Faults.Checking;

/// <summary>How long no write was acknowledged after each loss of a leader, as all clients together saw
/// it.</summary>
internal static class WriteGaps
{
    /// <summary>The longest time between two acknowledged writes from the begin of each fault that cost the
    /// leader to the begin of the next fault.</summary>
    public static List<TimeSpan> Of(
        IReadOnlyList<InjectedFault> faults, IEnumerable<Recorded> operations)
    {
        var acknowledged = operations.Where(operation => operation.MadeRevision)
            .Select(operation => operation.End).Order().ToList();
        var gaps = new List<TimeSpan>();
        for (var at = 0; at < faults.Count; at++)
        {
            if (faults[at].LostLeader)
            {
                var end = at + 1 < faults.Count ? faults[at + 1].Begin : long.MaxValue;
                gaps.Add(Longest(acknowledged, faults[at].Begin, end));
            }
        }

        return gaps;
    }

    private static TimeSpan Longest(List<long> acknowledged, long begin, long end)
    {
        var longest = 0L;
        for (var at = 1; at < acknowledged.Count && acknowledged[at - 1] < end; at++)
        {
            if (acknowledged[at] >= begin)
            {
                longest = Math.Max(longest, Math.Min(acknowledged[at], end) - acknowledged[at - 1]);
            }
        }

        return TimeSpan.FromTicks(longest / TimeSpan.NanosecondsPerTick);
    }
}
