using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Ikada.Cli.Demo;
using Ikada.Cli.Processes;

namespace Ikada.EndToEnd.Tests;

/// <summary>Three servers whose members speak TLS with each other.</summary>
public sealed class PeerTlsTests : IAsyncLifetime
{
    private readonly LocalCluster _cluster = new(Command.Ikada, 3, $"test-{Guid.NewGuid():N}");
    private readonly StateProbe _probe = new();
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _ours;

    public PeerTlsTests() => _ours = Authority("our authority", _key);

    private string Ours => Path.Combine(_cluster.Directory, "authority.crt");

    public ValueTask InitializeAsync()
    {
        File.WriteAllText(Ours, _ours.ExportCertificatePem());
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        _probe.Dispose();
        _ours.Dispose();
        _key.Dispose();
    }

    [Fact]
    public async Task A_member_of_another_authority_stays_out_until_its_certificate_is_replaced()
    {
        var (first, second, stranger) = (_cluster.Members[0], _cluster.Members[1], _cluster.Members[2]);
        using var otherKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var other = Authority("another authority", otherKey);
        Issue(_ours, first);
        Issue(_ours, second);
        Issue(_ours, stranger);
        foreach (var member in _cluster.Members)
        {
            Start(member);
        }

        // A cluster is founded by all of its members.
        await Eventually.HoldsAsync("all three having applied something", async () =>
            (await Task.WhenAll(_cluster.Members.Select(StateAsync))).All(
                state => state is { AppliedIndex: > 0 }));
        Assert.Equal(0, await stranger.StopAsync());
        Issue(other, stranger);
        Start(stranger);
        await Eventually.HoldsAsync("a leader among two", async () =>
            await StateAsync(first) is { IsLeader: true } || await StateAsync(second) is { IsLeader: true });
        var endpoints = $"{first.Endpoint},{second.Endpoint}";
        (await Command.IkadaAsync("put", "--endpoints", endpoints, "a", "1")).Succeeded();
        await SaysAsync(
            stranger, "it refuses us (CertificateRefused)", "CN=another authority", "Have it issued");
        await SaysAsync(first, "Refused a connection from 127.0.0.1", "trusted are: CN=our authority");
        var apart = await Eventually.GetAsync("the third's state", () => StateAsync(stranger));
        Assert.True(apart.CommitIndex < (await StateAsync(first))!.CommitIndex);

        Issue(_ours, stranger);
        await Eventually.HoldsAsync("the third having applied what the others have", async () =>
            await StateAsync(stranger) is { AppliedIndex: > 0 } state
            && state.AppliedIndex == (await StateAsync(first))?.AppliedIndex);
        await SaysAsync(stranger, "use the changed certificate", "n3.crt");
        foreach (var member in _cluster.Members)
        {
            Assert.Equal(0, await member.StopAsync());
        }
    }

    [Fact]
    public async Task A_certificate_file_that_is_not_there_is_named_at_start()
    {
        var started = await Command.IkadaAsync(
            "serve", "--data-dir", Path.Combine(_cluster.Directory, "alone"),
            "--listen-peer-urls", Https(_cluster.Members[0]), "--peer-key-file", Ours,
            "--peer-cert-file", "/nowhere.crt");
        Assert.Equal(1, started.ExitCode);
        Assert.StartsWith("ikada: error:", started.Errors, StringComparison.Ordinal);
        Assert.Contains("'/nowhere.crt'", started.Errors, StringComparison.Ordinal);
        Assert.Contains("name a file in PEM form", started.Errors, StringComparison.Ordinal);
    }

    private static string Https(LocalMember member) =>
        member.PeerUrl.Replace("http:", "https:", StringComparison.Ordinal);

    private static X509Certificate2 Authority(string name, ECDsa key)
    {
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-2), DateTimeOffset.UtcNow.AddDays(2));
    }

    // The later flag counts, so these replace what the cluster gives.
    private void Start(LocalMember member) => _cluster.Start(
        member,
        "--listen-peer-urls", Https(member),
        "--initial-advertise-peer-urls", Https(member),
        "--initial-cluster", string.Join(',', _cluster.Members.Select(one => $"{one.Name}={Https(one)}")),
        "--peer-cert-file", FileOf(member, "crt"), "--peer-key-file", FileOf(member, "key"),
        "--peer-trusted-ca-file", Ours, "--peer-client-cert-auth");

    private string FileOf(LocalMember member, string kind) =>
        Path.Combine(_cluster.Directory, $"{member.Name}.{kind}");

    private void Issue(X509Certificate2 authority, LocalMember member)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={member.Name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var issued = request.Create(
            authority,
            DateTimeOffset.UtcNow.AddDays(-1),
            DateTimeOffset.UtcNow.AddDays(1),
            RandomNumberGenerator.GetBytes(8));
        File.WriteAllText(FileOf(member, "key"), key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(FileOf(member, "crt"), issued.ExportCertificatePem());
    }

    private Task<NodeState?> StateAsync(LocalMember member) =>
        _probe.AskAsync(member, TestContext.Current.CancellationToken);

    private static Task SaysAsync(LocalMember member, params string[] parts) => Eventually.HoldsAsync(
        $"{string.Join(", ", parts)} in the log of {member.Name}",
        () => Task.FromResult(File.ReadLines(member.LogFile).Any(
            line => parts.All(part => line.Contains(part, StringComparison.Ordinal)))));
}
