using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace Ikada.Transport;

/// <summary>
/// Certificates from PEM files. Each new connection reads the files again and compares their text, which
/// finds every way of changing them (a rename, a link that leads elsewhere, an equal time stamp); new
/// connections are rare. A set counts only when all of it is good.
/// </summary>
internal sealed class PemCertificateSource : PeerCertificateSource
{
    private readonly Lock _gate = new();
    private readonly string _certificateFile;
    private readonly string _keyFile;
    private readonly string? _authorityFile;
    private Texts _read;
    private PeerCertificates _current;
    private string _lastProblem = string.Empty;

    /// <exception cref="IOException">A file cannot be read or is no good; names it.</exception>
    public PemCertificateSource(string certificateFile, string keyFile, string? authorityFile)
    {
        (_certificateFile, _keyFile, _authorityFile) = (certificateFile, keyFile, authorityFile);
        _read = ReadAll();
        _current = Load(_read);
    }

    private DateTime Until => _current.Own.NotAfter.ToUniversalTime();

    public override PeerCertificates Current(ILogger logger)
    {
        lock (_gate)
        {
            try
            {
                var texts = ReadAll();
                if (texts != _read)
                {
                    _current = Load(texts);
                    (_read, _lastProblem) = (texts, string.Empty);
                    TransportLog.CertificateChanged(
                        logger, _certificateFile, _current.Own.Subject, Until);
                }
            }
            catch (IOException error)
            {
                // Once for each state of the files: they are read again at every connection.
                if (error.Message != _lastProblem)
                {
                    _lastProblem = error.Message;
                    TransportLog.CertificateKept(logger, error.Message, Until);
                }
            }

            return _current;
        }
    }

    private Texts ReadAll() => new(
        Read(_certificateFile), Read(_keyFile), _authorityFile is null ? null : Read(_authorityFile));

    private static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException
            or NotSupportedException or ArgumentException)
        {
            throw new IOException(
                $"the file '{file}' of the TLS settings cannot be read: {error.Message}; "
                + "name a file in PEM form that this process may read", error);
        }
    }

    private PeerCertificates Load(Texts texts)
    {
        var shown = Import(_certificateFile, texts.Certificate);
        var authorities = _authorityFile is null ? null : Import(_authorityFile, texts.Authority!);
        if (texts.Key.Contains("ENCRYPTED PRIVATE KEY", StringComparison.Ordinal))
        {
            throw new IOException(
                $"the private key in '{_keyFile}' is encrypted; store it without a passphrase, readable by "
                + "this process alone");
        }

        try
        {
            var own = X509Certificate2.CreateFromPem(texts.Certificate, texts.Key);
            shown.RemoveAt(0);
            return new PeerCertificates(own, shown, authorities);
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException)
        {
            throw new IOException(
                $"'{_keyFile}' holds no private key in PEM form that fits the certificate in "
                + $"'{_certificateFile}': {error.Message}; name the key that the certificate was made with",
                error);
        }
    }

    private static X509Certificate2Collection Import(string file, string text)
    {
        var found = new X509Certificate2Collection();
        try
        {
            found.ImportFromPem(text);
        }
        catch (CryptographicException error)
        {
            throw new IOException(
                $"'{file}' holds a certificate that cannot be read: {error.Message}; it must be in PEM form",
                error);
        }

        return found.Count > 0 ? found : throw new IOException(
            $"'{file}' holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)");
    }

    private readonly record struct Texts(string Certificate, string Key, string? Authority);
}
