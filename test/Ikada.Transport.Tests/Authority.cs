using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Ikada.Transport.Tests;

/// <summary>An authority made for a test.</summary>
internal sealed class Authority : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>One that signs itself, or that another one signed.</summary>
    public Authority(string name, Authority? above = null)
    {
        var request = new CertificateRequest($"CN={name}", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        var (from, to) = (DateTimeOffset.UtcNow.AddYears(-1), DateTimeOffset.UtcNow.AddYears(1));
        if (above is null)
        {
            Certificate = request.CreateSelfSigned(from, to);
            return;
        }

        using var signed = request.Create(above.Certificate, from, to, RandomNumberGenerator.GetBytes(8));
        Certificate = signed.CopyWithPrivateKey(_key);
    }

    public X509Certificate2 Certificate { get; }

    /// <summary>A member's certificate with its key; by default for 127.0.0.1, valid for two days, for both
    /// uses.</summary>
    public X509Certificate2 Issue(
        string subject, string? host = null, int fromDays = -1, int toDays = 1, bool bothUses = true)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={subject}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        if (host is null)
        {
            names.AddIpAddress(IPAddress.Loopback);
        }
        else
        {
            names.AddDnsName(host);
        }

        request.CertificateExtensions.Add(names.Build());
        var uses = new OidCollection { new("1.3.6.1.5.5.7.3.1") };
        if (bothUses)
        {
            uses.Add(new Oid("1.3.6.1.5.5.7.3.2"));
        }

        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(uses, false));
        using var issued = request.Create(
            Certificate,
            DateTimeOffset.UtcNow.AddDays(fromDays),
            DateTimeOffset.UtcNow.AddDays(toDays),
            RandomNumberGenerator.GetBytes(8));
        return issued.CopyWithPrivateKey(key);
    }

    /// <summary>The settings of a member with that certificate that trusts these authorities.</summary>
    public static PeerTlsOptions Options(X509Certificate2 own, params Authority[] trusted) => new()
    {
        Certificates = PeerCertificateSource.Of(new PeerCertificates(
            own, [], [.. trusted.Select(one => one.Certificate)])),
    };

    public void Dispose()
    {
        Certificate.Dispose();
        _key.Dispose();
    }
}
