namespace Ikada.Transport;

/// <summary>
/// TLS 1.3 on every connection between members. The one who dials checks that the certificate it meets is
/// issued by a trusted authority, is valid now, may serve, and bears the host that was dialled. The one who
/// is dialled checks the same of the dialler's certificate, but for the host. All members use TLS or none.
/// </summary>
public sealed record PeerTlsOptions
{
    /// <summary>Our certificate with its key, and the authorities we trust.</summary>
    public required PeerCertificateSource Certificates { get; init; }

    /// <summary>Whether whoever dials us must show a certificate of a trusted authority. Default true. Where
    /// it is false, anybody who reaches the port and knows the members' ids can speak for one.</summary>
    public bool ClientCertificateRequired { get; init; } = true;

    /// <summary>Where not empty: a peer's certificate must bear one of these DNS names or IP addresses as a
    /// subject alternative name, besides all else. Default: empty.</summary>
    public IReadOnlyList<string> AllowedNames { get; init; } = [];

    /// <summary>With certificates from PEM files, which are read again at each new connection: changed ones
    /// count from then on, and while they are not good the former are kept, with a warning.</summary>
    /// <param name="certificateFile">Our certificate, first, and behind it those that lead to the
    /// authority.</param>
    /// <param name="keyFile">The certificate's private key, not encrypted. May be the same file.</param>
    /// <param name="authorityFile">The certificates of the authorities that issue the members'. Null: those
    /// that the machine trusts, which are many.</param>
    /// <exception cref="IOException">A file cannot be read or does not hold what it should; the message names
    /// the file and the remedy.</exception>
    public static PeerTlsOptions FromPemFiles(
        string certificateFile, string keyFile, string? authorityFile) =>
        new() { Certificates = new PemCertificateSource(certificateFile, keyFile, authorityFile) };

    internal string? Validate()
    {
        foreach (var name in AllowedNames)
        {
            if (Uri.CheckHostName(name) == UriHostNameType.Unknown)
            {
                return $"Tls.AllowedNames has '{name}'; it must be a DNS name or an IP address";
            }
        }

        return null;
    }
}
