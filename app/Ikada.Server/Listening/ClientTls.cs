using System.Net.Security;
using System.Security.Authentication;
using Ikada.Transport;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;

namespace Ikada.Server;

/// <summary>TLS 1.2 and 1.3 with clients. The files are read again at each connection: what was renewed
/// counts from then on.</summary>
internal sealed class ClientTls
{
    private readonly PeerCertificateSource _source;
    private readonly bool _asks;
    private readonly ILogger _logger;

    /// <exception cref="IOException">A file cannot be read or does not hold what it should; the message names
    /// the file and the remedy.</exception>
    public ClientTls(ClientTlsFiles files, ILoggerFactory loggers)
    {
        _source = PeerTlsOptions.FromPemFiles(files.Certificate, files.Key, files.Authority).Certificates;
        _asks = files.AsksForCertificates;
        _logger = loggers.CreateLogger("Ikada.Server");
    }

    public void Use(ListenOptions listen)
    {
        // By ALPN the client says which of the two it speaks.
        listen.Protocols = HttpProtocols.Http1AndHttp2;
        listen.UseHttps(new TlsHandshakeCallbackOptions
        {
            OnConnection = _ => ValueTask.FromResult(Current()),
        });
        AuthorityMending.Use(listen);
    }

    private SslServerAuthenticationOptions Current()
    {
        var certificates = _source.Current(_logger);
        return new SslServerAuthenticationOptions
        {
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            AllowRenegotiation = false,
            // A resumed session would go on after the certificate it rests on is no longer trusted.
            AllowTlsResume = !_asks,
            ServerCertificateContext = certificates.Context,
            ClientCertificateRequired = _asks,
            CertificateChainPolicy = _asks ? certificates.NewPolicy() : null,
        };
    }
}
