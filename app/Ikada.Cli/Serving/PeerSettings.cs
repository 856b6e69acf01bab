namespace Ikada.Cli.Serving;

/// <summary>What concerns the other members: where to listen, what to advertise, and who is there at the
/// start.</summary>
internal sealed record PeerSettings(
    IReadOnlyList<EtcdUrl> Listen,
    IReadOnlyList<EtcdUrl> Advertise,
    IReadOnlyList<InitialMember> InitialCluster)
{
    public static PeerSettings Read(FlagSet flags, string name)
    {
        var listen = SettingsReader.Listened(flags, "listen-peer-urls");
        var cluster = flags.Given("initial-cluster");
        var members = cluster is null ? [] : ParseCluster(cluster);
        var self = members.FirstOrDefault(member => member.Name == name);
        if (cluster is not null && self is null)
        {
            throw new CliException(
                $"--name={name} is missing from {cluster.Origin}={cluster.Value}; add "
                + $"'{name}=http://HOST:PORT' there "
                + "or set --name to a member that is listed");
        }

        var given = flags.Given("initial-advertise-peer-urls");
        var advertise = given is null
            ? self?.PeerUrls ?? listen : EtcdUrl.ParseList(given.Value, given.Origin);
        SettingsReader.MustBeDialable(
            advertise,
            given?.Origin ?? cluster?.Origin ?? flags.Of("listen-peer-urls").Origin,
            "set --initial-advertise-peer-urls to an address that the other members reach");
        if (cluster is null)
        {
            return new PeerSettings(listen, advertise, [new InitialMember(name, advertise)]);
        }

        MustAgree(name, self!, advertise, given);
        return new PeerSettings(listen, advertise, members);
    }

    private static List<InitialMember> ParseCluster(FlagValue cluster)
    {
        var urls = new Dictionary<string, List<EtcdUrl>>(StringComparer.Ordinal);
        var names = new List<string>();
        foreach (var entry in cluster.Value.Split(',', StringSplitOptions.TrimEntries))
        {
            var equals = entry.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                throw CliException.BadUsage(
                    $"{cluster.Origin}: '{entry}' is not NAME=URL; write it as "
                    + "n1=http://10.0.0.1:2380,n2=http://10.0.0.2:2380");
            }

            var name = entry[..equals];
            var url = EtcdUrl.Parse(entry[(equals + 1)..], cluster.Origin);
            foreach (var other in names)
            {
                if (urls[other].Contains(url))
                {
                    throw new CliException(
                        $"{cluster.Origin}: {url} is listed for both '{other}' and '{name}'; each member "
                        + "needs its own");
                }
            }

            if (!urls.TryGetValue(name, out var own))
            {
                names.Add(name);
                urls[name] = own = [];
            }

            own.Add(url);
        }

        return names.ConvertAll(name => new InitialMember(name, urls[name]));
    }

    // The ids of members are hashes of these URLs: a node that advertises others than the rest has in its
    // list would be a stranger to them.
    private static void MustAgree(
        string name, InitialMember self, IReadOnlyList<EtcdUrl> advertise, FlagValue? given)
    {
        var listed =
            string.Join(',', self.PeerUrls.Select(url => url.ToString()).Order(StringComparer.Ordinal));
        var own = string.Join(',', advertise.Select(url => url.ToString()).Order(StringComparer.Ordinal));
        if (listed != own)
        {
            throw new CliException(
                $"{given?.Origin}={own} does not match --initial-cluster, which lists {name}={listed}; "
                + "make both the same");
        }
    }
}
