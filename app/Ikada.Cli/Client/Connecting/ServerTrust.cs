using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Ikada.Cli.Client;

/// <summary>Which servers are believed to be what they say, and what is shown to them.</summary>
internal sealed class ServerTrust
{
    private readonly X509Certificate2Collection? _authorities;
    private readonly X509Certificate2? _own;
    private readonly bool _skipsVerification;

    private ServerTrust(
        X509Certificate2Collection? authorities, X509Certificate2? own, bool skipsVerification) =>
        (_authorities, _own, _skipsVerification) = (authorities, own, skipsVerification);

    public static ServerTrust Load(
        string? authority, string? certificate, string? key, bool skipsVerification) => new(
            authority is null ? null : Read("--cacert", authority, Authorities),
            certificate is null ? null : Read(
                "--cert", certificate, file => X509Certificate2.CreateFromPemFile(file, key)),
            skipsVerification);

    public void Apply(SslClientAuthenticationOptions options)
    {
        if (_own is not null)
        {
            options.ClientCertificates = [_own];
            options.LocalCertificateSelectionCallback = (_, _, _, _, _) => _own;
        }

        if (_skipsVerification)
        {
#pragma warning disable CA5359 // The user has asked for just this, by a name that says what it is.
            options.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        }
        else if (_authorities is not null)
        {
            var policy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            policy.CustomTrustStore.AddRange(_authorities);
            options.CertificateChainPolicy = policy;
        }
    }

    private static X509Certificate2Collection Authorities(string file)
    {
        var found = new X509Certificate2Collection();
        found.ImportFromPemFile(file);
        return found.Count > 0 ? found : throw new CryptographicException("it holds no certificate");
    }

    private static T Read<T>(string option, string file, Func<string, T> read)
    {
        try
        {
            return read(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException
            or CryptographicException)
        {
            throw new CliException($"{option}={file} cannot be used: {error.Message.TrimEnd('.')}");
        }
    }
}
