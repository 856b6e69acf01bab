using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace Ikada.Transport.Tests;

public sealed class PemFilesTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("ikada-").FullName;
    private readonly Authority _ours = new("our authority");
    private readonly IPEndPoint[] _endPoints = Cluster.FreeEndPoints(2);

    public PemFilesTests()
    {
        Write(_ours.Issue("first"));
        File.WriteAllText(AuthorityFile, _ours.Certificate.ExportCertificatePem());
    }

    private string CertificateFile => Path.Combine(_directory, "member.crt");

    private string KeyFile => Path.Combine(_directory, "member.key");

    private string AuthorityFile => Path.Combine(_directory, "authority.crt");

    public void Dispose()
    {
        _ours.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Changed_files_count_for_new_connections_and_bad_ones_leave_the_former_in_force()
    {
        await using var a = await StartAsync();
        Assert.Equal("CN=first", await ShownAsync());

        Write(_ours.Issue("second"));
        Assert.Equal("CN=second", await ShownAsync());
        Assert.True(a.Log.Contains("changed certificate", CertificateFile, "CN=second"), a.Log.Text);

        // Half-written, then the key of another certificate: the one in force stays, and is spoken of once.
        var third = _ours.Issue("third");
        File.WriteAllText(CertificateFile, third.ExportCertificatePem()[..100]);
        Assert.Equal("CN=second", await ShownAsync());
        Assert.Equal("CN=second", await ShownAsync());
        Assert.Equal(1, a.Log.CountOf("are not good", $"'{CertificateFile}' holds no certificate"));
        File.WriteAllText(CertificateFile, third.ExportCertificatePem());
        Assert.Equal("CN=second", await ShownAsync());
        Assert.Equal(1, a.Log.CountOf("are not good", $"'{KeyFile}' holds no private key", "fits"));
        File.Delete(AuthorityFile);
        Assert.Equal("CN=second", await ShownAsync());
        Assert.Equal(1, a.Log.CountOf("are not good", $"'{AuthorityFile}'", "cannot be read"));

        File.WriteAllText(AuthorityFile, _ours.Certificate.ExportCertificatePem());
        Write(third);
        Assert.Equal("CN=third", await ShownAsync());
    }

    [Fact]
    public async Task Another_authority_in_the_file_is_trusted_from_the_next_connection_on()
    {
        using var next = new Authority("next authority");
        await using var a = await StartAsync();
        await using var b = await Cluster.StartAsync(Cluster.Options(1, _endPoints) with
        {
            Tls = Authority.Options(next.Issue("b"), next, _ours),
        });
        await Cluster.UntilAsync(
            () => b.Log.Contains("it refuses us (CertificateRefused)"), () => b.Log.Text);
        File.AppendAllText(AuthorityFile, Environment.NewLine + next.Certificate.ExportCertificatePem());
        await Cluster.UntilAsync(() => b.Send(Cluster.Heartbeat(1, 0, 1)), () => a.Log.Text);
        await Cluster.UntilAsync(() => a.Send(Cluster.Heartbeat(0, 1, 1)), () => a.Log.Text);
    }

    [Fact]
    public void Files_that_are_no_good_are_named_at_start_with_the_remedy()
    {
        File.WriteAllText(AuthorityFile, "nothing");
        AssertRefused(AuthorityFile, "holds no certificate in PEM form");
        File.Delete(AuthorityFile);
        AssertRefused(AuthorityFile, "cannot be read", "name a file in PEM form");
        File.WriteAllText(AuthorityFile, _ours.Certificate.ExportCertificatePem());

        var key = File.ReadAllText(KeyFile);
        File.WriteAllText(KeyFile, _ours.Issue("other").GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        AssertRefused(KeyFile, CertificateFile, "name the key that the certificate was made with");
        File.WriteAllText(KeyFile, string.Empty);
        AssertRefused(KeyFile, "holds no private key");
        File.WriteAllText(KeyFile, "-----BEGIN ENCRYPTED PRIVATE KEY-----");
        AssertRefused(KeyFile, "is encrypted", "without a passphrase");
        File.WriteAllText(KeyFile, key);
        Assert.NotNull(PeerTlsOptions.FromPemFiles(CertificateFile, KeyFile, AuthorityFile));
    }

    [Fact]
    public async Task Certificates_between_ours_and_the_authority_are_shown_with_it()
    {
        using var root = new Authority("root");
        using var between = new Authority("between", root);
        var leaf = between.Issue("leaf");
        Write(leaf);
        File.AppendAllText(
            CertificateFile, Environment.NewLine + between.Certificate.ExportCertificatePem());
        File.WriteAllText(AuthorityFile, root.Certificate.ExportCertificatePem());
        await using var a = await StartAsync();
        await using var b = await Cluster.StartAsync(Cluster.Options(1, _endPoints) with
        {
            Tls = Authority.Options(root.Issue("b"), root),
        });
        await a.ConnectedAsync(1);
        await b.ConnectedAsync(0);
    }

    private void AssertRefused(params string[] parts)
    {
        var error = Assert.Throws<IOException>(
            () => PeerTlsOptions.FromPemFiles(CertificateFile, KeyFile, AuthorityFile));
        foreach (var part in parts)
        {
            Assert.Contains(part, error.Message, StringComparison.Ordinal);
        }
    }

    private void Write(X509Certificate2 certificate)
    {
        File.WriteAllText(CertificateFile, certificate.ExportCertificatePem());
        File.WriteAllText(KeyFile, certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
    }

    private Task<Peer> StartAsync() => Cluster.StartAsync(Cluster.Options(0, _endPoints) with
    {
        Tls = PeerTlsOptions.FromPemFiles(CertificateFile, KeyFile, AuthorityFile),
    });

    private async Task<string> ShownAsync()
    {
        using var raw = await RawTls.HelloAsync(_endPoints[0], _ours, Cluster.Sender(1), to: 0);
        return raw.Shown;
    }
}
