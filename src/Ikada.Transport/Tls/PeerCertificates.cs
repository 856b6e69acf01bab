using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace Ikada.Transport;

/// <summary>Where the certificates of the next connection come from.</summary>
public abstract class PeerCertificateSource
{
    /// <summary>Those that count now. Asked at each new connection, from any thread; what stands keeps its
    /// own. Problems that leave the former in force go to <paramref name="logger"/>.</summary>
    public abstract PeerCertificates Current(ILogger logger);

    /// <summary>These, for as long as the process runs.</summary>
    public static PeerCertificateSource Of(PeerCertificates certificates) => new Unchanging(certificates);

    private sealed class Unchanging(PeerCertificates certificates) : PeerCertificateSource
    {
        public override PeerCertificates Current(ILogger logger) => certificates;
    }
}

/// <summary>The certificates that a connection is made with.</summary>
public sealed class PeerCertificates
{
    /// <summary>Makes a set.</summary>
    /// <param name="own">Ours, with its private key.</param>
    /// <param name="intermediates">Those between ours and the authority, which are shown with it; may be
    /// empty.</param>
    /// <param name="authorities">Whose certificates are trusted. Null: those that the machine
    /// trusts.</param>
    /// <exception cref="ArgumentException"><paramref name="own"/> has no private key, or the authorities are
    /// an empty list, which nobody could satisfy.</exception>
    public PeerCertificates(
        X509Certificate2 own,
        X509Certificate2Collection intermediates,
        X509Certificate2Collection? authorities)
    {
        ArgumentNullException.ThrowIfNull(own);
        ArgumentNullException.ThrowIfNull(intermediates);
        if (!own.HasPrivateKey)
        {
            throw new ArgumentException(
                $"the certificate of {own.Subject} comes without its private key; give one that has it",
                nameof(own));
        }

        if (authorities is { Count: 0 })
        {
            throw new ArgumentException(
                "the list of trusted authorities is empty; name at least one, or null for the machine's",
                nameof(authorities));
        }

        Own = own;
        Authorities = authorities;
        // Offline: nothing is downloaded to complete the chain.
        Context = SslStreamCertificateContext.Create(own, intermediates, offline: true);
    }

    /// <summary>Ours.</summary>
    public X509Certificate2 Own { get; }

    /// <summary>Whose certificates are trusted; null: those that the machine trusts.</summary>
    public X509Certificate2Collection? Authorities { get; }

    /// <summary>Ours with those between it and the authority, as it is shown.</summary>
    public SslStreamCertificateContext Context { get; }

    /// <summary>How a certificate shown to us is judged: by the authorities alone, nothing is
    /// downloaded.</summary>
    public X509ChainPolicy NewPolicy()
    {
        var policy = new X509ChainPolicy
        {
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        if (Authorities is not null)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.AddRange(Authorities);
        }

        return policy;
    }
}
