using System.CommandLine;

namespace Ikada.Cli.Client;

/// <summary>Which servers a command talks to, and how: etcdctl's options of that purpose.</summary>
internal sealed class DialOptions
{
    private static readonly TimeSpan CommandTimeoutDefault = TimeSpan.FromSeconds(5);

    private readonly Option<string?> _endpoints = ClientOptions.Endpoints();
    private readonly Option<string?> _commandTimeout = ClientOptions.CommandTimeout();
    private readonly Option<string?> _dialTimeout = new("--dial-timeout")
    {
        Description = "How long a connection may take to be made (default 2s).",
        HelpName = "DURATION",
    };
    private readonly Option<string?> _authority = new("--cacert")
    {
        Description = "PEM file of the authority that the servers' certificates must be of.",
        HelpName = "FILE",
    };
    private readonly Option<string?> _certificate = new("--cert")
    {
        Description = "PEM file of the certificate to show to servers; needs --key.",
        HelpName = "FILE",
    };
    private readonly Option<string?> _key = new("--key")
    {
        Description = "PEM file of its private key.",
        HelpName = "FILE",
    };
    private readonly Option<bool> _skipsVerification = new("--insecure-skip-tls-verify")
    {
        Description = "Take any certificate of a server. For tests: whoever answers is believed.",
    };
    private readonly Option<bool?> _isPlain = new("--insecure-transport")
    {
        Description = "Endpoints without a scheme are http; =false: https (default: https only where "
            + "--cacert, --cert or --insecure-skip-tls-verify is given).",
    };
    private readonly Option<string?> _user = new("--user")
    {
        Description = "Who to be at servers with authentication: NAME:PASSWORD, or NAME with --password.",
        HelpName = "NAME",
    };
    private readonly Option<string?> _password = new("--password")
    {
        Description = "The password of --user.",
        HelpName = "PASSWORD",
    };

    // Those whose value may be an argument of its own.
    private static readonly string[] WithValue =
    [
        "--endpoints", "--command-timeout", "--dial-timeout", "--cacert", "--cert", "--key", "--user",
        "--password", "--write-out", "-w",
    ];

    /// <summary>Whether what follows an option on the command line is its value.</summary>
    public static bool TakesValue(string option) => WithValue.Contains(option);

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])
            [
                _endpoints, _commandTimeout, _dialTimeout, _authority, _certificate, _key,
                _skipsVerification, _isPlain, _user, _password,
            ])
        {
            command.Add(option);
        }
    }

    public EtcdCluster Connect(ParseResult parsed)
    {
        var dial = Dial(parsed);
        var isTls = parsed.GetValue(_isPlain) is { } plain ? !plain : dial.Tls is not null;
        return new EtcdCluster(
            Endpoint.FromOptionOrEnvironment(parsed.GetValue(_endpoints), isTls),
            ClientOptions.Duration(parsed, _commandTimeout, CommandTimeoutDefault),
            dial);
    }

    private DialSettings Dial(ParseResult parsed)
    {
        var (authority, _) = ClientOptions.Setting(parsed, _authority);
        var (certificate, certificateOrigin) = ClientOptions.Setting(parsed, _certificate);
        var (key, keyOrigin) = ClientOptions.Setting(parsed, _key);
        if (certificate is null != key is null)
        {
            throw CliException.BadUsage(
                $"{(certificate is null ? keyOrigin : certificateOrigin)}={certificate ?? key} needs its "
                    + "counterpart: give both --cert and --key, or neither");
        }

        var skips = parsed.GetValue(_skipsVerification);
        return new DialSettings(
            ClientOptions.Duration(parsed, _dialTimeout, DialSettings.Default.Timeout),
            authority is null && certificate is null && !skips
                ? null : ServerTrust.Load(authority, certificate, key, skips),
            Login.Of(ClientOptions.Setting(parsed, _user), ClientOptions.Setting(parsed, _password)));
    }
}
