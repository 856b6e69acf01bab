using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.Extensions.Logging;

namespace Ikada.Transport;

/// <summary>Starts TLS on the connections between members.</summary>
internal sealed class PeerTls(PeerTlsOptions options, ILogger logger)
{
    /// <summary>The first byte of a connection that begins with TLS.</summary>
    public const byte FirstByte = 0x16;

    /// <summary>TLS on a connection that we dialled.</summary>
    /// <exception cref="AuthenticationException">The peer's certificate is not good enough, which the message
    /// says with the remedy, or the handshake failed.</exception>
    public async Task<SslStream> DialledAsync(Socket socket, string host, CancellationToken stop)
    {
        string? refusal = null;
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: false));
        try
        {
            var certificates = options.Certificates.Current(logger);
            await stream.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = host,
                    EnabledSslProtocols = SslProtocols.Tls13,
                    AllowRenegotiation = false,
                    // Each connection counts with the certificates of its own time.
                    AllowTlsResume = false,
                    ClientCertificateContext = certificates.Context,
                    CertificateChainPolicy = certificates.NewPolicy(),
                    RemoteCertificateValidationCallback = (_, shown, chain, errors) =>
                    {
                        refusal = CertificateJudge.Judge(shown, chain, errors, certificates, options, host);
                        return refusal is null;
                    },
                },
                stop).ConfigureAwait(false);
            return stream;
        }
        catch (Exception error)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            if (refusal is not null)
            {
                throw new AuthenticationException(refusal, error);
            }

            // Whatever else comes from the platform's TLS or a certificate source of the user's: the next
            // attempt may fare better, and the loop that dials must live.
            if (error is not OperationCanceledException)
            {
                throw new AuthenticationException(
                    $"TLS could not be started: {error.Message} Either the peer speaks plain text (all "
                    + "members use TLS or none), or its log says why it closed",
                    error);
            }

            throw;
        }
    }

    /// <summary>
    /// TLS on a connection that a peer dialled, on the calling thread. What is wrong with the certificate is
    /// returned and not acted upon: inside TLS the peer can still be told, which an alert would not do. The
    /// caller must read no more than the hello then.
    /// </summary>
    /// <exception cref="AuthenticationException">The handshake failed.</exception>
    public SslStream Accepted(Socket socket, out string? refusal)
    {
        string? found = null;
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: false));
        try
        {
            var certificates = options.Certificates.Current(logger);
            stream.AuthenticateAsServer(new SslServerAuthenticationOptions
            {
                EnabledSslProtocols = SslProtocols.Tls13,
                AllowRenegotiation = false,
                AllowTlsResume = false,
                ServerCertificateContext = certificates.Context,
                ClientCertificateRequired = options.ClientCertificateRequired,
                CertificateChainPolicy = certificates.NewPolicy(),
#pragma warning disable CA5359 // What is found is acted upon by the caller, which can still tell the peer.
                RemoteCertificateValidationCallback = (_, shown, chain, errors) =>
                {
                    found = CertificateJudge.Judge(shown, chain, errors, certificates, options, null);
                    return true;
                },
#pragma warning restore CA5359
            });
        }
        catch (Exception error)
        {
            stream.Dispose();
            if (error is IOException or ObjectDisposedException or SocketException or AuthenticationException)
            {
                throw;
            }

            // What a broken certificate can make the platform throw is not listed; a thread ends with it.
            throw new AuthenticationException(error.Message, error);
        }

        // Where the callback is not asked, nothing was shown.
        var isShown = stream.RemoteCertificate is not null;
        refusal = !options.ClientCertificateRequired ? null
            : found ?? (isShown ? null : CertificateJudge.NothingShown);
        return stream;
    }
}
