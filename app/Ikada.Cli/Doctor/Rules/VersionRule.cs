namespace Ikada.Cli.Doctor.Rules;

/// <summary>Servers of different versions.</summary>
internal static class VersionRule
{
    public static IEnumerable<Verdict> Judge(Facts facts)
    {
        var versions = facts.Answering.GroupBy(server => server.Version).ToList();
        if (versions.Count > 1)
        {
            yield return Verdict.Wrong(
                "version", "cluster",
                "servers of different versions: " + string.Join("; ", versions.Select(version =>
                    $"{version.Key} at "
                    + string.Join(", ", version.Select(server => facts.NameOf(server.Member))))),
                "finish the upgrade: bring all servers to one version, one after the other");
        }
    }
}
