using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Ikada.Transport;

/// <summary>Says what is wrong with a peer's certificate, and what to do.</summary>
internal static class CertificateJudge
{
    /// <summary>Of a peer without one.</summary>
    public const string NothingShown =
        "it showed no certificate: give it one that a trusted authority issued for members";

    private const X509ChainStatusFlags Stranger =
        X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain;

    /// <summary>Null: the certificate is good.</summary>
    /// <param name="shown">The peer's.</param>
    /// <param name="chain">As built with our policy.</param>
    /// <param name="errors">As the platform found them.</param>
    /// <param name="ours">Our certificates.</param>
    /// <param name="options">What we ask for.</param>
    /// <param name="dialled">The host that was dialled; null where the peer dialled.</param>
    public static string? Judge(
        X509Certificate? shown,
        X509Chain? chain,
        SslPolicyErrors errors,
        PeerCertificates ours,
        PeerTlsOptions options,
        string? dialled)
    {
        if (shown is not X509Certificate2 certificate || chain is null)
        {
            return NothingShown;
        }

        var about = $"its certificate (subject {certificate.Subject}, issuer {certificate.Issuer})";
        if ((errors & SslPolicyErrors.RemoteCertificateChainErrors) != 0)
        {
            return ChainProblem(about, certificate, chain, ours, isServer: dialled is not null);
        }

        if (dialled is not null && (errors & SslPolicyErrors.RemoteCertificateNameMismatch) != 0)
        {
            return $"{about} is not for '{dialled}', which was dialled, but for {Names(certificate)}: dial a "
                + $"name that it bears, or issue it for '{dialled}' as a subject alternative name";
        }

        return options.AllowedNames.Count == 0 || BearsOneOf(certificate, options.AllowedNames)
            ? null
            : $"{about} is for {Names(certificate)}; allowed are {string.Join(", ", options.AllowedNames)}: "
                + "issue it for one of those, or allow its name here";
    }

    private static string ChainProblem(
        string about, X509Certificate2 certificate, X509Chain chain, PeerCertificates ours, bool isServer)
    {
        var all = X509ChainStatusFlags.NoError;
        foreach (var status in chain.ChainStatus)
        {
            all |= status.Status;
        }

        if ((all & Stranger) != 0)
        {
            var trusted = ours.Authorities is { } authorities
                ? string.Join("; ", authorities.Select(one => one.Subject)) : "those of this machine";
            return $"{about} is of an authority that is not trusted here; trusted are: {trusted}. Have it "
                + "issued by one of those, or add its authority to the trusted ones";
        }

        if ((all & X509ChainStatusFlags.NotTimeValid) != 0)
        {
            return $"{about} is not valid now: it, or one that it rests on, has expired or is not valid yet "
                + $"(it holds from {Time(certificate.NotBefore)} to {Time(certificate.NotAfter)}, here it is "
                + $"{Time(DateTime.UtcNow)}). Renew it, or set the clocks right";
        }

        if ((all & X509ChainStatusFlags.NotValidForUsage) != 0)
        {
            return $"{about} is not made for this use: among its extended key usages must be "
                + (isServer ? "server" : "client") + " authentication. A member's certificate needs both";
        }

        return $"{about} is not good: "
            + string.Join(' ', chain.ChainStatus.Select(status => status.StatusInformation.Trim()));
    }

    private static bool BearsOneOf(X509Certificate2 certificate, IReadOnlyList<string> names)
    {
        foreach (var name in names)
        {
            if (certificate.MatchesHostname(name, allowWildcards: true, allowCommonName: false))
            {
                return true;
            }
        }

        return false;
    }

    private static string Names(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>()
            .SelectMany(one => one.EnumerateDnsNames()
                .Concat(one.EnumerateIPAddresses().Select(address => address.ToString())))
            .ToArray();
        return names.Length == 0 ? "no name at all" : string.Join(", ", names);
    }

    private static string Time(DateTime time) =>
        time.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
