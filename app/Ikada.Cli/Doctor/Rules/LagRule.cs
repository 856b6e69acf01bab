namespace Ikada.Cli.Doctor.Rules;

/// <summary>Members that are behind, and learners that need not be learners any more.</summary>
internal static class LagRule
{
    // As the health check of the library.
    private const ulong EntriesBehindMax = 10_000;

    // As near as a promotion asks for, more or less: what is under way is not a lag.
    private const ulong LearnerBehindMax = 100;

    public static IEnumerable<Verdict> Judge(Facts facts)
    {
        var commit = facts.Answering.Select(server => server.Commit).DefaultIfEmpty().Max();
        foreach (var server in facts.Answering)
        {
            var behind = commit - Math.Min(commit, server.Applied);
            var member = facts.Members.FirstOrDefault(one => one.Id == server.Member);
            if (member is { IsLearner: true })
            {
                yield return behind > LearnerBehindMax
                    ? Verdict.Note(
                        "lag", member.Shown,
                        $"a learner that is behind: it has applied {server.Applied}, {commit} is committed",
                        "let it catch up; if it does not, see that its disk and the network to it are fast "
                            + "enough")
                    : Verdict.Note(
                        "lag", member.Shown, "a learner that has caught up and does not vote",
                        $"'ikada member promote {member.Id:x}', unless it is meant to stay one");
            }
            else if (behind > EntriesBehindMax)
            {
                yield return Verdict.Wrong(
                    "lag", facts.NameOf(server.Member),
                    $"it has applied {server.Applied}, {commit} is committed: {behind} entries behind",
                    "see whether its disk, its processor or the network to it is too slow; while it catches "
                        + "up by a snapshot its log says so (events 132, 133)");
            }
        }
    }
}
