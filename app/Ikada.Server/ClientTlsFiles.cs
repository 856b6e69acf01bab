namespace Ikada.Server;

/// <summary>The PEM files of TLS with clients, as their flags name them.</summary>
/// <param name="Certificate">The server's certificate, with those that lead to the authority.</param>
/// <param name="Key">Its private key.</param>
/// <param name="Authority">Who issues for clients; null: whom the machine trusts.</param>
/// <param name="AsksForCertificates">Whether clients must show a certificate.</param>
public sealed record ClientTlsFiles(
    string Certificate, string Key, string? Authority, bool AsksForCertificates);
