using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Ikada.Cli.Processes;

namespace Ikada.EndToEnd.Tests;

/// <summary>The verbs against a server that speaks TLS and wants a certificate.</summary>
public sealed class ClientTlsVerbsTests : IAsyncDisposable
{
    private readonly LocalCluster _cluster = new(Command.Ikada, 1, $"test-{Guid.NewGuid():N}");

    [Fact]
    public async Task Who_shows_a_certificate_is_served_and_who_trusts_another_authority_is_told_so()
    {
        Make("ours");
        Make("theirs");
        var member = _cluster.Members[0];
        var url = member.ClientUrl.Replace("http:", "https:", StringComparison.Ordinal);
        // The later flag counts.
        _cluster.Start(
            member, "--listen-client-urls", url, "--advertise-client-urls", url,
            "--cert-file", FileOf("ours", "crt"), "--key-file", FileOf("ours", "key"),
            "--trusted-ca-file", FileOf("ours", "ca"), "--client-cert-auth");
        string[] own = ["--cert", FileOf("ours", "crt"), "--key", FileOf("ours", "key")];
        string[] trusted = ["--cacert", FileOf("ours", "ca"), .. own];

        await Eventually.HoldsAsync("a write over TLS", async () =>
            (await AskAsync(["put", "a", "1", .. trusted])).ExitCode == 0);
        Assert.Equal("a\n1\n", (await AskAsync(["get", "a", .. trusted])).Succeeded().Output);
        Assert.Equal(
            "a\n1\n",
            (await AskAsync(["get", "a", "--insecure-skip-tls-verify", .. own])).Succeeded().Output);
        (await AskAsync([
            "bench", "--seconds", "0.1", "--clients", "2", "--keys", "100", "--workloads", "get", .. trusted,
        ])).Succeeded();
        var found = await AskAsync(["doctor", "-w", "json", .. trusted]);
        Assert.Contains("\"answered\":1", found.Output, StringComparison.Ordinal);

        var stranger = await AskAsync(["get", "a", "--cacert", FileOf("theirs", "ca"), .. own]);
        Assert.Equal(1, stranger.ExitCode);
        Assert.Contains("certificate", stranger.Errors, StringComparison.Ordinal);
        var nameless = await AskAsync(["get", "a", "--cacert", FileOf("ours", "ca")]);
        Assert.Equal(1, nameless.ExitCode);
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    private Task<Command> AskAsync(string[] arguments) =>
        Command.IkadaAsync([.. arguments, "--endpoints", _cluster.Members[0].Endpoint]);

    private string FileOf(string name, string kind) => Path.Combine(_cluster.Directory, $"{name}.{kind}");

    // An authority, and a certificate of it for the loopback address.
    private void Make(string name)
    {
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var asked = new CertificateRequest($"CN={name}", authorityKey, HashAlgorithmName.SHA256);
        asked.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var authority = asked.CreateSelfSigned(
            DateTimeOffset.UtcNow.AddDays(-2), DateTimeOffset.UtcNow.AddDays(2));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name} member", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var issued = request.Create(
            authority, DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1),
            RandomNumberGenerator.GetBytes(8));
        File.WriteAllText(FileOf(name, "ca"), authority.ExportCertificatePem());
        File.WriteAllText(FileOf(name, "crt"), issued.ExportCertificatePem());
        File.WriteAllText(FileOf(name, "key"), key.ExportPkcs8PrivateKeyPem());
    }
}
