namespace Ikada.Cli.Doctor.Rules;

/// <summary>What servers complain of and no other rule explains, and servers that are not ready.</summary>
internal static class OtherErrors
{
    private const string NoLeader = "etcdserver: no leader";

    public static IEnumerable<Verdict> Judge(Facts facts)
    {
        foreach (var server in facts.Answering)
        {
            var unknown = server.Errors.Where(error => error != NoLeader && !StateRule.Concerns(error)
                && AlarmRule.Parse(error).Name.Length == 0);
            foreach (var error in unknown)
            {
                yield return Verdict.Wrong(
                    "errors", facts.NameOf(server.Member), error, "its log says more around this time");
            }

            // Without a leader none is ready, and a learner never is; that is told elsewhere.
            if (server is { Unready.Length: > 0, Errors.Count: 0, Leader: not 0 }
                && facts.Voters.Any(voter => voter.Id == server.Member))
            {
                yield return Verdict.Wrong(
                    "ready", facts.NameOf(server.Member),
                    $"{server.Endpoint}/readyz: {server.Unready}",
                    "it answers, but not in time: see whether its processor or disk is overloaded");
            }
        }
    }
}
