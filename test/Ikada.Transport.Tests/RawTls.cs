using System.Buffers;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Ikada.Wire;

namespace Ikada.Transport.Tests;

/// <summary>A dialler with TLS, without a certificate, by hand.</summary>
internal sealed class RawTls(SslStream stream, FrameHeader answer, Rejection? rejection) : IDisposable
{
    public FrameHeader Answer => answer;

    public Rejection? Rejection => rejection;

    /// <summary>The certificate that the other side showed.</summary>
    public string Shown => stream.RemoteCertificate!.Subject;

    public static async Task<RawTls> HelloAsync(
        IPEndPoint endPoint, Authority trusted, FrameSender sender, int to)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(endPoint, TestContext.Current.CancellationToken);
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck,
        };
        policy.CustomTrustStore.Add(trusted.Certificate);
        await stream.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = endPoint.Address.ToString(), CertificateChainPolicy = policy,
            },
            TestContext.Current.CancellationToken);
        var hello = new ArrayBufferWriter<byte>();
        FrameWriter.WriteHello(hello, sender, Cluster.Node(to), Greeting.Create(Cluster.Id, 1 << 20));
        await stream.WriteAsync(hello.WrittenMemory, TestContext.Current.CancellationToken);
        var bytes = new byte[4096];
        for (var end = 0; ;)
        {
            var count = await stream.ReadAsync(bytes.AsMemory(end), TestContext.Current.CancellationToken);
            end += count;
            if (Read(bytes.AsSpan(0, end), out var header, out var rejection))
            {
                return new RawTls(stream, header, rejection);
            }

            Assert.True(count > 0, "closed without an answer");
        }
    }

    public void Dispose() => stream.Dispose();

    private static bool Read(ReadOnlySpan<byte> bytes, out FrameHeader header, out Rejection? rejection)
    {
        var reader = new FrameReader(bytes, 4096);
        (header, rejection) = (default, null);
        if (!reader.TryRead())
        {
            return false;
        }

        header = reader.Header;
        rejection = reader.TryReadRejection(out var found) ? found : null;
        return true;
    }
}
