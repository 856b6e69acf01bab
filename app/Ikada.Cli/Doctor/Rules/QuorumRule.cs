namespace Ikada.Cli.Doctor.Rules;

/// <summary>Whether a majority of the voters can decide, and whether somebody leads it.</summary>
internal static class QuorumRule
{
    public static IEnumerable<Verdict> Judge(Facts facts)
    {
        var leaders = facts.Answering.Where(server => server.Leader != 0).ToList();
        if (leaders.Count == 0)
        {
            yield return facts.Voters.Count > 0 && Answering(facts) < facts.Majority
                ? NoQuorum(facts) : NoLeader(facts);
            yield break;
        }

        // Members of one term that name different leaders: one of them has not heard yet, or the two do not
        // belong to one cluster.
        var newest = leaders.Max(server => server.Term);
        var named = leaders.Where(server => server.Term == newest).Select(server => server.Leader).Distinct();
        if (named.Count() > 1)
        {
            yield return Verdict.Wrong(
                "leader", "cluster",
                "servers of one term name different leaders: " + string.Join(", ", leaders.Select(server =>
                    $"{server.Endpoint} names {facts.NameOf(server.Leader)} in term {server.Term}")),
                "see that --endpoints names servers of one cluster alone ('ikada status' shows their ids)");
        }

        foreach (var server in facts.Answering.Where(server => server.Leader == 0))
        {
            yield return Verdict.Wrong(
                "leader", facts.NameOf(server.Member),
                $"{server.Endpoint} knows no leader, others do: term {server.Term}, theirs {newest}",
                "look at its connections: its log has 'Cannot connect' or 'Refused a connection' with the "
                    + "reason");
        }
    }

    private static int Answering(Facts facts) =>
        facts.Voters.Count(voter => facts.ServerOf(voter.Id) is { Problem: null });

    private static Verdict NoQuorum(Facts facts)
    {
        var missing = facts.Voters.Where(voter => facts.ServerOf(voter.Id) is not { Problem: null }).ToList();
        return Verdict.Wrong(
            "quorum", "cluster",
            $"no leader: of {facts.Voters.Count} voters {Answering(facts)} answer, {facts.Majority} are "
                + $"needed; missing: {string.Join(", ", missing.Select(voter => voter.Shown))}",
            $"start {missing.Count - (facts.Voters.Count - facts.Majority)} of them again with their "
                + "directories; if they are lost for good: docs/operate/recover.md");
    }

    private static Verdict NoLeader(Facts facts) => Verdict.Wrong(
        "leader", "cluster",
        "no server knows a leader, terms: " + string.Join(", ", facts.Answering.Select(
            server => $"{facts.NameOf(server.Member)} {server.Term}")),
        "if it lasts longer than a few election timeouts: see whether the members reach each other's peer "
            + "URLs and whether their disks answer (their logs: events 101, 203, 109)");
}
