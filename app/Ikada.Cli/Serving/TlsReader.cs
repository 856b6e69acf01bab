using Ikada.Server;

namespace Ikada.Cli.Serving;

/// <summary>TLS between members, and with clients, from the flags, which are alike.</summary>
internal static class TlsReader
{
    private static readonly string[] OnlyWithCertificate =
        ["trusted-ca-file", "client-cert-auth", "cert-allowed-hostname"];

    /// <summary>With clients. Null: the flags do not ask for it.</summary>
    public static ClientTlsFiles? ReadClients(FlagSet flags) => Read(flags, "") is { } files
        ? new ClientTlsFiles(files.Certificate, files.Key, files.Authority, files.AsksForCertificates)
        : null;

    /// <summary>Between members. Null: the flags do not ask for it.</summary>
    public static PeerTlsFiles? ReadPeers(FlagSet flags) => Read(flags, "peer-");

    private static PeerTlsFiles? Read(FlagSet flags, string prefix)
    {
        var certificate = flags.Given(prefix + "cert-file");
        var key = flags.Given(prefix + "key-file");
        if (certificate is null || key is null)
        {
            return (certificate ?? key) is { } alone
                ? throw new CliException(
                    $"{alone.Origin}={alone.Value} needs its counterpart: give both --{prefix}cert-file "
                    + $"and --{prefix}key-file, or neither")
                : WithoutCertificate(flags, prefix);
        }

        var authority = flags.Given(prefix + "trusted-ca-file");
        var name = prefix.Length == 0 ? null : flags.Given(prefix + "cert-allowed-hostname");
        if (name is not null && Uri.CheckHostName(name.Value) == UriHostNameType.Unknown)
        {
            throw new CliException(
                $"{name.Origin}: '{name.Value}' is neither a DNS name nor an IP address: give one that every "
                + "member's certificate bears");
        }

        return new PeerTlsFiles(
            certificate.Value,
            key.Value,
            authority?.Value,
            authority is not null || flags.IsOn(prefix + "client-cert-auth"),
            name?.Value);
    }

    // To go on in plain text is not what whoever wrote these wants.
    private static PeerTlsFiles? WithoutCertificate(FlagSet flags, string prefix)
    {
        foreach (var name in OnlyWithCertificate)
        {
            if (ServeFlags.Find(prefix + name) is not null
                && flags.Given(prefix + name) is { } given && !given.Flag.IsHarmless(given.Value))
            {
                throw new CliException(
                    $"{given.Origin}={given.Value} needs a certificate: give --{prefix}cert-file and "
                    + $"--{prefix}key-file too");
            }
        }

        return null;
    }
}
