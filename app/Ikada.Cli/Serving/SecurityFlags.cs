using static Ikada.Cli.Serving.FlagKind;
using static Ikada.Cli.Serving.Treatment;

namespace Ikada.Cli.Serving;

/// <summary>The flags that etcd's help lists under "Security" and "Auth".</summary>
internal static class SecurityFlags
{
    private const string Group = "Security";
    private const string Auth = "Auth";

    private const string OwnCertificates =
        "The server is no client of itself and needs no certificate for that: leave it out.";

    private const string NotMade =
        "Certificates are made outside: give `--cert-file` and `--key-file`.";

    private const string NoRestriction =
        "Certificates of clients are judged by their authority alone: use `--trusted-ca-file`.";

    private const string NotForPeers =
        "Certificates of members are made outside, and each member has one for both directions.";

    private const string OnlyWithTls =
        "With clients it is TLS 1.2 or 1.3, between members 1.3, with the ciphers of the platform.";
    private const string NoAuth = "Authentication is not built yet.";

    public static IReadOnlyList<ServeFlag> All { get; } =
    [
        new(Group, "cert-file", Text, "", Honoured,
            "TLS with clients, on those of `--listen-client-urls` that are https: the server's certificate, "
            + "a PEM file that is read again when it changes."),
        new(Group, "key-file", Text, "", Honoured,
            "The certificate's private key, not encrypted."),
        new(Group, "client-cert-file", Text, "", NoEffect, OwnCertificates),
        new(Group, "client-key-file", Text, "", NoEffect, OwnCertificates),
        new(Group, "client-cert-auth", FlagKind.Boolean, "false", Honoured,
            "Clients must show a certificate. On with `--trusted-ca-file`, as in etcd."),
        new(Group, "client-crl-file", Text, "", Refused, NoRestriction),
        new(Group, "client-cert-allowed-hostname", Text, "", Refused, NoRestriction),
        new(Group, "trusted-ca-file", Text, "", Honoured,
            "The authorities that issue for clients. Without it: those that the machine trusts."),
        new(Group, "auto-tls", FlagKind.Boolean, "false", Refused, NotMade),
        new(Group, "peer-cert-file", Text, "", Honoured,
            "TLS between members, with https URLs: the member's certificate, a PEM file that is read again "
            + "when it changes; see `docs/operate/peer-tls.md`."),
        new(Group, "peer-key-file", Text, "", Honoured, "The certificate's private key, not encrypted."),
        new(Group, "peer-client-cert-file", Text, "", Refused, NotForPeers),
        new(Group, "peer-client-key-file", Text, "", Refused, NotForPeers),
        new(Group, "peer-client-cert-auth", FlagKind.Boolean, "false", Honoured,
            "Members that dial must show a certificate. On with `--peer-trusted-ca-file`, as in etcd."),
        new(Group, "peer-trusted-ca-file", Text, "", Honoured,
            "The authorities that issue for members. Without it: those that the machine trusts."),
        new(Group, "peer-cert-allowed-cn", Text, "", Refused,
            "Common names are not looked at: use `--peer-cert-allowed-hostname`."),
        new(Group, "peer-cert-allowed-hostname", Text, "", Honoured,
            "A name that every member's certificate must bear as a subject alternative name."),
        new(Group, "peer-auto-tls", FlagKind.Boolean, "false", Refused, NotForPeers),
        new(Group, "peer-crl-file", Text, "", Refused,
            "Revocation lists are not looked at: replace the authority instead."),
        new(Group, "self-signed-cert-validity", Unsigned, "1", NoEffect, OnlyWithTls),
        new(Group, "cipher-suites", Text, "", NoEffect, OnlyWithTls),
        new(Group, "tls-min-version", Text, "TLS1.2", NoEffect, OnlyWithTls),
        new(Group, "tls-max-version", Text, "", NoEffect, OnlyWithTls),
        new(Group, "cors", Text, "*", NoEffect,
            "Answers carry no headers for other origins.") { Harmless = ["*"] },
        new(Group, "host-whitelist", Text, "*", Refused, "Requests are not judged by host name yet.")
        { Harmless = ["*"] },
        new(Auth, "auth-token", Text, "simple", Refused,
            "Authentication is not built yet; a server that was given a token key must not serve without it.")
        { Harmless = ["simple"] },
        new(Auth, "bcrypt-cost", Unsigned, "10", NoEffect, NoAuth),
        new(Auth, "auth-token-ttl", Unsigned, "300", NoEffect, NoAuth),
    ];
}
