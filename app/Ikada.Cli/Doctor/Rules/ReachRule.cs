using System.Globalization;

namespace Ikada.Cli.Doctor.Rules;

/// <summary>Members that do not answer here, or that the other members do not reach.</summary>
internal static class ReachRule
{
    private const string Check = "reach";

    public static IEnumerable<Verdict> Judge(Facts facts)
    {
        foreach (var member in facts.Members)
        {
            var server = facts.ServerOf(member.Id);
            var (reaching, missing) = Peers(facts, member.Id);
            if (server is { Problem: null })
            {
                if (missing.Count > 0)
                {
                    yield return Cut(member, reaching, missing);
                }
            }
            else if (member.ClientUrls.Count == 0)
            {
                yield return Verdict.Wrong(
                    Check, member.Shown, "it was added and has never been started",
                    "start it with what 'ikada member add' printed, or remove it: 'ikada member remove "
                        + $"{member.Id:x}'");
            }
            else if (reaching.Count > 0)
            {
                yield return Verdict.Wrong(
                    Check, member.Shown,
                    $"{Where(member, server)} does not answer here ({server?.Problem}), but is connected "
                        + "with " + string.Join(", ", reaching),
                    "see that its process does not hang or stand still, that its --advertise-client-urls can "
                        + "be dialled from here, and the options for TLS");
            }
            else
            {
                yield return Verdict.Wrong(
                    Check, member.Shown,
                    $"{Where(member, server)} does not answer ({server?.Problem ?? "not asked"})"
                        + (missing.Count > 0 ? $", and {string.Join(", ", missing)} have no connection to it"
                            : ""),
                    "see whether its process runs, and why not: the end of its log says so; start it again "
                        + "with its directory. Lost for good: docs/operate/members.md, 'A dead node is "
                        + "replaced'");
            }
        }

        foreach (var server in facts.Servers.Where(server => server is { Problem: not null, Member: 0 }))
        {
            yield return Verdict.Wrong(
                Check, server.Endpoint, $"it does not answer: {server.Problem}",
                "see whether a server is meant to run there, or leave it out of --endpoints");
        }
    }

    private static string Where(MemberFacts member, ServerFacts? server) =>
        server?.Endpoint ?? string.Join(',', member.ClientUrls);

    private static Verdict Cut(MemberFacts member, List<string> reaching, List<string> missing) =>
        Verdict.Wrong(
            Check, member.Shown,
            $"it answers here, but {string.Join(", ", missing)} have no connection to it"
                + (reaching.Count > 0 ? $" ({string.Join(", ", reaching)} have)" : ""),
            "look at the network between their peer URLs, and at their peer certificates: the logs of both "
                + "have the reason (events 203, 206)");

    // Which of the servers that answer are connected with a member, by their metrics, and which are not.
    private static (List<string> Reaching, List<string> Missing) Peers(Facts facts, ulong member)
    {
        var (reaching, missing) = (new List<string>(), new List<string>());
        var label = member.ToString("x16", CultureInfo.InvariantCulture);
        foreach (var server in facts.Answering.Where(server => server.Member != member))
        {
            foreach (var (peer, value) in server.After.By("ikada_peer_connected", "peer"))
            {
                if (peer == label)
                {
                    (value > 0 ? reaching : missing).Add(facts.NameOf(server.Member));
                }
            }
        }

        return (reaching, missing);
    }
}
