namespace Ikada.Cli.Doctor.Rules;

/// <summary>Servers of different versions.</summary>
internal static class VersionRule
{
    public static IEnumerable<Verdict> Judge(Facts facts)
    {
        // The version of etcd stays the same over many of the program's own, which stands on its page.
        var versions = facts.Answering.GroupBy(VersionOf).ToList();
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

    private static string VersionOf(ServerFacts server) =>
        server.After.By("ikada_server_version", "version").Select(one => one.Label).FirstOrDefault()
            is { } own ? $"ikada {own} (etcd {server.Version})" : $"etcd {server.Version}";
}
