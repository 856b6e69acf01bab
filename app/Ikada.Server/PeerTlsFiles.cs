namespace Ikada.Server;

/// <summary>The PEM files of TLS between members, as their flags name them.</summary>
/// <param name="Certificate">The member's certificate, with those that lead to the authority.</param>
/// <param name="Key">Its private key.</param>
/// <param name="Authority">Who issues for members; null: whom the machine trusts.</param>
/// <param name="AsksForCertificates">Whether members that dial must show a certificate.</param>
/// <param name="AllowedName">A name that every member's certificate must bear; null: any.</param>
public sealed record PeerTlsFiles(
    string Certificate, string Key, string? Authority, bool AsksForCertificates, string? AllowedName);
