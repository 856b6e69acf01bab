using Ikada.Server;

namespace Ikada.Cli.Serving;

/// <summary>TLS between members, from its flags.</summary>
internal static class PeerTlsReader
{
    private static readonly string[] OnlyWithCertificate =
        ["peer-trusted-ca-file", "peer-client-cert-auth", "peer-cert-allowed-hostname"];

    /// <summary>Null: the flags do not ask for it.</summary>
    public static PeerTlsFiles? Read(FlagSet flags)
    {
        var certificate = flags.Given("peer-cert-file");
        var key = flags.Given("peer-key-file");
        if (certificate is null || key is null)
        {
            return (certificate ?? key) is { } alone
                ? throw new CliException(
                    $"{alone.Origin}={alone.Value} needs its counterpart: give both --peer-cert-file and "
                    + "--peer-key-file, or neither")
                : WithoutCertificate(flags);
        }

        var authority = flags.Given("peer-trusted-ca-file");
        var name = flags.Given("peer-cert-allowed-hostname");
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
            authority is not null || flags.IsOn("peer-client-cert-auth"),
            name?.Value);
    }

    // To go on in plain text is not what whoever wrote these wants.
    private static PeerTlsFiles? WithoutCertificate(FlagSet flags)
    {
        foreach (var name in OnlyWithCertificate)
        {
            if (flags.Given(name) is { } given && !given.Flag.IsHarmless(given.Value))
            {
                throw new CliException(
                    $"{given.Origin}={given.Value} needs a certificate: give --peer-cert-file and "
                    + "--peer-key-file too");
            }
        }

        return null;
    }
}
