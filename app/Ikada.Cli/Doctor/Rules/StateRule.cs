namespace Ikada.Cli.Doctor.Rules;

/// <summary>Members whose states differ, that are quarantined for it, or that have lost theirs.</summary>
internal static class StateRule
{
    private const string Check = "state";
    private const string Own = "ikada: ";

    public static IEnumerable<Verdict> Judge(Facts facts)
    {
        foreach (var server in facts.Answering)
        {
            foreach (var error in server.Errors.Where(Concerns))
            {
                yield return Verdict.Wrong(
                    Check, facts.NameOf(server.Member), error[Own.Length..], Remedy(error));
            }

            if (server.After.Sum("ikada_state_quarantined") > 0 && !server.Errors.Any(Concerns))
            {
                yield return Verdict.Wrong(
                    Check, facts.NameOf(server.Member),
                    "it is quarantined: a majority contradicts its state",
                    Remedy("quarantined"));
            }
        }

        foreach (var verdict in Hashes(facts))
        {
            yield return verdict;
        }
    }

    /// <summary>What this rule tells of; others leave it out.</summary>
    internal static bool Concerns(string error) => error.StartsWith(Own, StringComparison.Ordinal);

    private static string Remedy(string error) =>
        error.Contains("quarantined", StringComparison.Ordinal)
            ? "it is rebuilt from the others by itself and serves nothing meanwhile; if it comes again, "
                + "check the machine's memory and disk, and replace it"
        : error.Contains("snapshots are lost", StringComparison.Ordinal)
            ? "let it run: another member sends its state; if it stays so, see which member it reaches"
        : error.Contains("no majority", StringComparison.Ordinal)
            ? "nobody can say by itself which state is right: stop writes, save each member's state ('ikada "
                + "snapshot save'), compare, and begin anew with the right one"
        : "look at the logs of the members that differ";

    // At one revision all hashes must be equal. Where two halves differ, nobody is right by number.
    private static IEnumerable<Verdict> Hashes(Facts facts)
    {
        var groups = facts.Answering.Where(server => server.Hash is not null)
            .GroupBy(server => server.HashRevision)
            .Select(at => (Revision: at.Key, Hashes: at.GroupBy(server => server.Hash!.Value)
                .OrderByDescending(same => same.Count()).ToList()))
            .Where(at => at.Hashes.Count > 1);
        foreach (var (revision, hashes) in groups)
        {
            var shown = hashes.Select(same =>
                $"{same.Key} at {string.Join(", ", same.Select(server => facts.NameOf(server.Member)))}");
            yield return Verdict.Wrong(
                Check, "cluster",
                $"the members' keys differ at revision {revision}: {string.Join("; ", shown)}",
                hashes[0].Count() > hashes[1].Count()
                    ? "replace the members of the smaller group: docs/operate/members.md, 'A dead node is "
                        + "replaced'"
                    : Remedy("no majority"));
        }
    }
}
