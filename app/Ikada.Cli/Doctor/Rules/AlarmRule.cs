using System.Globalization;
using Ikada.Cli.Client.Printing;

namespace Ikada.Cli.Doctor.Rules;

/// <summary>Alarms, and what is about to raise one.</summary>
internal static class AlarmRule
{
    private const double NearlyFull = 0.8;

    public static IEnumerable<Verdict> Judge(Facts facts)
    {
        var alarms = facts.Answering.SelectMany(server => server.Errors).Distinct()
            .Select(Parse).Where(alarm => alarm.Name.Length > 0).ToList();
        foreach (var (member, name) in alarms)
        {
            yield return name == "NOSPACE" ? NoSpace(facts, member) : Corrupt(facts, member);
        }

        foreach (var server in facts.Answering)
        {
            if (server.QuotaBytes > 0 && server.SizeBytes > NearlyFull * server.QuotaBytes
                && alarms.TrueForAll(alarm => alarm.Member != server.Member))
            {
                yield return Verdict.Wrong(
                    "space", facts.NameOf(server.Member),
                    $"the data has {Sizes.Text(server.SizeBytes)} of {Sizes.Text(server.QuotaBytes)} that "
                        + "--quota-backend-bytes allows; beyond it writes are refused",
                    "'ikada compaction' up to a revision that nobody needs, delete keys, or raise "
                        + "--quota-backend-bytes on all members");
            }
        }
    }

    /// <summary>An alarm as Status tells it: "memberID:N alarm:NAME ".</summary>
    internal static (ulong Member, string Name) Parse(string error)
    {
        const string Begin = "memberID:";
        var parts = error.Trim().Split(' ');
        return parts is [var id, var alarm] && id.StartsWith(Begin, StringComparison.Ordinal)
            && alarm.StartsWith("alarm:", StringComparison.Ordinal)
            && ulong.TryParse(
                id.AsSpan(Begin.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var member)
            ? (member, alarm["alarm:".Length..])
            : (0, "");
    }

    private static Verdict NoSpace(Facts facts, ulong member)
    {
        var server = facts.ServerOf(member);
        if (server?.After.Sum("ikada_log_full") > 0)
        {
            return Verdict.Wrong(
                "space", facts.NameOf(member),
                "its disk is full: the log has no room for another segment, and it takes no writes",
                "free space on the file system of its --data-dir, or enlarge it; it goes on by itself");
        }

        var size = server is { Problem: null }
            ? $" ({Sizes.Text(server.SizeBytes)} of {Sizes.Text(server.QuotaBytes)})" : "";
        return Verdict.Wrong(
            "space", facts.NameOf(member),
            $"alarm NOSPACE: the data has reached --quota-backend-bytes{size}; the cluster takes no puts",
            "'ikada compaction', delete keys, or raise the quota on all members; then 'ikada alarm disarm'");
    }

    private static Verdict Corrupt(Facts facts, ulong member) => Verdict.Wrong(
        "state", facts.NameOf(member),
        "alarm CORRUPT: the members' states differ and no majority agrees; all requests are refused",
        "compare by 'ikada endpoint hashkv --cluster'; stop the members that are wrong, begin anew with a "
            + "backup of a good one ('ikada snapshot restore'), or decide which is right and 'ikada alarm "
            + "disarm'");
}
