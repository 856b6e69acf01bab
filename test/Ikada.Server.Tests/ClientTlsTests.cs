using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Net.Client;
using Ikada.Api.Etcd;

namespace Ikada.Server.Tests;

public sealed class ClientTlsTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("ikada-tls-").FullName;
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _authority;
    private readonly X509Certificate2 _client;
    private readonly ServerFixture _server;

    public ClientTlsTests()
    {
        var request = new CertificateRequest("CN=authority", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _authority = request.CreateSelfSigned(
            DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(9));
        _client = Issue("client");
        Write("first");
        File.WriteAllText(PathOf("authority.pem"), _authority.ExportCertificatePem());
        _server = new ServerFixture
        {
            Options = new ServerFixture().Options with
            {
                ListenClientUrls = [new Uri("https://127.0.0.1:0")],
                ClientTls = new ClientTlsFiles(
                    PathOf("server.pem"),
                    PathOf("server.key"),
                    PathOf("authority.pem"),
                    AsksForCertificates: true),
            },
        };
    }

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _authority.Dispose();
        _client.Dispose();
        _key.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Grpc_and_pages_are_served_on_one_port_to_clients_with_a_certificate()
    {
        Assert.Equal("CN=first", await PutAsync(_client));
        using var handler = Handler(_client, _ => { });
        using var http = new HttpClient(handler);
        var page = await http.GetStringAsync(
            new Uri($"https://{_server.Address}/version"), TestContext.Current.CancellationToken);
        Assert.Contains("etcdserver", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_shows_no_certificate_or_one_of_another_authority_is_not_served()
    {
        await Assert.ThrowsAsync<RpcException>(() => PutAsync(null));
        using var otherKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var stranger = new CertificateRequest("CN=client", otherKey, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        await Assert.ThrowsAsync<RpcException>(() => PutAsync(stranger));
    }

    [Fact]
    public async Task A_certificate_that_was_renewed_is_shown_from_the_next_connection_on()
    {
        Assert.Equal("CN=first", await PutAsync(_client));
        Write("second");
        Assert.Equal("CN=second", await PutAsync(_client));
    }

    /// <summary>As Go ends it; proxies take a reset for a failure.</summary>
    [Fact]
    public async Task A_client_that_closes_its_side_during_a_call_gets_an_end_and_no_reset()
    {
        HeardStream? connection = null;
        var handler = Handler(_client, _ => { });
        handler.ConnectCallback = async (context, cancellation) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(context.DnsEndPoint, cancellation);
            return connection = new HeardStream(socket);
        };
        using var channel = GrpcChannel.ForAddress(
            $"https://{_server.Address}",
            new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true });
        using var watch = new WatchClient(channel);
        await watch.CreateAsync("k");
        connection!.Socket.Shutdown(SocketShutdown.Send);
        await connection.Ended.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
    }

    [Fact]
    public void An_https_url_without_a_certificate_and_a_certificate_without_one_are_refused()
    {
        var options = new ServerOptions { DataDirectory = "unused" };
        Uri[] secret = [new Uri("https://127.0.0.1:2379")];
        Assert.Contains(
            "give --cert-file and --key-file",
            (options with { ListenClientUrls = secret }).Validate(),
            StringComparison.Ordinal);
        var files = new ClientTlsFiles("c", "k", null, false);
        Assert.Contains(
            "no URL of --listen-client-urls is https",
            (options with { ClientTls = files }).Validate(),
            StringComparison.Ordinal);
        Assert.Null((options with { ClientTls = files, ListenClientUrls = secret }).Validate());
    }

    private string PathOf(string file) => Path.Combine(_directory, file);

    /// <summary>Puts over a connection of its own; whose certificate the server showed.</summary>
    private async Task<string> PutAsync(X509Certificate2? certificate)
    {
        var shown = "";
        using var channel = GrpcChannel.ForAddress($"https://{_server.Address}", new GrpcChannelOptions
        {
            HttpHandler = Handler(certificate, subject => shown = subject), DisposeHttpClient = true,
        });
        await new KV.KVClient(channel).PutAsync(
            new PutRequest { Key = ServerFixture.Bytes("a") },
            cancellationToken: TestContext.Current.CancellationToken);
        return shown;
    }

    private SocketsHttpHandler Handler(X509Certificate2? certificate, Action<string> shown) => new()
    {
        SslOptions = new SslClientAuthenticationOptions
        {
            ClientCertificates = certificate is null ? [] : [certificate],
            RemoteCertificateValidationCallback = (_, server, _, _) =>
            {
                shown(server!.Subject);
                return server.Issuer == _authority.Subject;
            },
        },
    };

    private void Write(string name)
    {
        using var issued = Issue(name);
        using var key = issued.GetECDsaPrivateKey()!;
        File.WriteAllText(PathOf("server.key"), key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(PathOf("server.pem"), issued.ExportCertificatePem());
    }

    private X509Certificate2 Issue(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var bare = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256).Create(
            _authority,
            DateTimeOffset.UtcNow.AddHours(-1),
            DateTimeOffset.UtcNow.AddDays(1),
            RandomNumberGenerator.GetBytes(8));
        using var whole = bare.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pfx), null);
    }

    /// <summary>Hears how the other side ends a connection.</summary>
    private sealed class HeardStream(Socket socket) : NetworkStream(socket, ownsSocket: true)
    {
        private readonly TaskCompletionSource _ended =
            new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Done at its end; failed at a reset.</summary>
        public Task Ended => _ended.Task;

        public override async ValueTask<int> ReadAsync(
            Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            try
            {
                var read = await base.ReadAsync(buffer, cancellationToken);
                if (read == 0 && buffer.Length > 0)
                {
                    _ended.TrySetResult();
                }

                return read;
            }
            catch (IOException reset)
            {
                _ended.TrySetException(reset);
                throw;
            }
        }
    }
}
