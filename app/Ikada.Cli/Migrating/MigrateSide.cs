using System.CommandLine;
using Ikada.Cli.Client;

namespace Ikada.Cli.Migrating;

/// <summary>The options that name one side of a migration: its servers, and how they are reached by
/// TLS.</summary>
/// <param name="name">--from or --to.</param>
/// <param name="description">What it is.</param>
internal sealed class MigrateSide(string name, string description)
{
    private readonly Option<string?> _servers = new(name) { Description = description, HelpName = "LIST" };

    private readonly Option<string?> _authority = new(name + "-cacert")
    {
        Description = "PEM file of the authority that its servers' certificates must be of.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _certificate = new(name + "-cert")
    {
        Description = $"PEM file of the certificate to show to them; needs {name}-key.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _key = new(name + "-key")
    {
        Description = "PEM file of its private key.",
        HelpName = "FILE",
    };

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_servers, _authority, _certificate, _key])
        {
            command.Add(option);
        }
    }

    public bool IsNamed(ParseResult parsed) => parsed.GetValue(_servers) is not null;

    public PatientCluster Connect(ParseResult parsed)
    {
        var (authority, certificate, key) =
            (parsed.GetValue(_authority), parsed.GetValue(_certificate), parsed.GetValue(_key));
        if (certificate is null != key is null)
        {
            throw CliException.BadUsage(
                $"{_certificate.Name} and {_key.Name} belong together: give both, or neither");
        }

        var trust = authority is null && certificate is null
            ? null : ServerTrust.Load(authority, certificate, key, false);
        var servers = parsed.GetValue(_servers) ?? throw CliException.BadUsage(
            $"{name} is missing: name servers as HOST:PORT, with commas between");
        return new PatientCluster(
            name,
            Endpoint.ParseList(servers, name, trust is not null),
            DialSettings.Default with { Tls = trust });
    }
}
