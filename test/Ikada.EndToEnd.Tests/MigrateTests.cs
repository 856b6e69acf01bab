using System.Globalization;
using System.Text.RegularExpressions;
using Ikada.Api.Etcd;
using Ikada.Cli.Client;

namespace Ikada.EndToEnd.Tests;

/// <summary>A real etcd moves into a cluster of three, while clients write to it.</summary>
[Trait("Needs", "etcd")]
public sealed partial class MigrateTests(ITestOutputHelper output)
{
    private const int Keys = 3000;

    [Fact]
    public async Task A_live_etcd_moves_with_every_revision_and_lease_while_it_is_written_to()
    {
        await using var cluster = await StartedAsync();
        await using var etcd = await RealEtcd.StartAsync();
        await LoadAsync(etcd);
        var keeps = await etcd.GrantAsync(600);
        await etcd.PutAsync("leased", lease: keeps);
        using var migrate = RunningCommand.Ikada(
            "migrate", "--from", etcd.Endpoint, "--to", cluster.Endpoints);
        var writing = WriteAsync(etcd, migrate);
        await migrate.SaysAsync("following; ");
        await writing;
        await migrate.InterruptAsync();
        var result = (await migrate.EndAsync()).Succeeded();
        output.WriteLine(result.Output + result.Errors);

        var copied = NumberOf(CopiedLine(), result.Errors);
        var opened = NumberOf(OpenedLine(), result.Output);
        var target = cluster.Servers[1];
        Assert.Equal((await RealEtcd.AllAsync(etcd.Connection)).Header.Revision, opened);
        foreach (var revision in (long[])[opened, opened - 3, (copied + opened) / 2, copied])
        {
            Assert.Equal(
                (await RealEtcd.AllAsync(etcd.Connection, revision)).Kvs,
                (await RealEtcd.AllAsync(target, revision)).Kvs);
        }

        Assert.Equal(
            await RealEtcd.EventsAsync(etcd.Connection, copied, opened),
            await RealEtcd.EventsAsync(target, copied, opened));
        await SameLeasesAsync(etcd, target, keeps);
        (await Command.IkadaAsync("put", "after", "1", "--endpoints", cluster.Endpoints)).Succeeded();
        Assert.Equal(opened + 1, (await RealEtcd.AllAsync(cluster.Servers[0])).Header.Revision);
        await RefusedAsync("is not empty: it stands at revision", etcd.Endpoint, cluster.Endpoints);
        await RefusedAsync("only an Ikada cluster can be filled", cluster.Endpoints, etcd.Endpoint);
    }

    [Fact]
    public async Task One_can_be_given_up_or_stopped_and_gone_on_with_and_starts_again_after_a_compaction()
    {
        await using var cluster = await StartedAsync();
        await using var etcd = await RealEtcd.StartAsync();
        await RefusedAsync("does not answer: no connection; is it running", "127.0.0.1:1", cluster.Endpoints);
        await RefusedAsync("are one cluster", cluster.Endpoints, cluster.Endpoints);
        await etcd.TransactAsync(Enumerable.Range(0, 100).Select(i => RealEtcd.Put($"k{i}", "1")));
        await etcd.PutAsync("leased", lease: await etcd.GrantAsync(600));
        await StopAsync(etcd, cluster);
        var refused = await Command.IkadaAsync("put", "a", "1", "--endpoints", cluster.Endpoints);
        Assert.Contains("is being filled from another one", refused.Errors, StringComparison.Ordinal);
        (await Command.IkadaAsync("migrate", "--abandon", "--to", cluster.Endpoints)).Succeeded();
        Assert.Equal(1, (await RealEtcd.AllAsync(cluster.Servers[0])).Header.Revision);
        var nothing = await Command.IkadaAsync("migrate", "--abandon", "--to", cluster.Endpoints);
        Assert.Contains("has no migration under way", nothing.Errors, StringComparison.Ordinal);

        await StopAsync(etcd, cluster);
        await etcd.PutAsync("k1", "2");
        Assert.Contains(
            "going on with a migration that was interrupted",
            await StopAsync(etcd, cluster),
            StringComparison.Ordinal);

        await etcd.PutAsync("k1", "3");
        var last = await etcd.TransactAsync(RealEtcd.Delete("k2"));
        await etcd.Connection.KeyValues.CompactAsync(
            new CompactionRequest { Revision = last, Physical = true },
            cancellationToken: TestContext.Current.CancellationToken);
        var done = (await Command.IkadaAsync(
            "migrate", "--from", etcd.Endpoint, "--to", cluster.Endpoints, "--once")).Succeeded();
        Assert.Contains("starting again, attempt 2", done.Errors, StringComparison.Ordinal);
        Assert.Contains(
            $"verified equal at revision {last}: 100 keys, 1 leases", done.Output, StringComparison.Ordinal);
        Assert.Equal(
            (await RealEtcd.AllAsync(etcd.Connection)).Kvs,
            (await RealEtcd.AllAsync(cluster.Servers[0])).Kvs);
    }

    [GeneratedRegex("copied [0-9]+ keys at revision ([0-9]+)")]
    private static partial Regex CopiedLine();

    [GeneratedRegex("opened at revision ([0-9]+): ")]
    private static partial Regex OpenedLine();

    private static long NumberOf(Regex line, string text) =>
        long.Parse(line.Match(text).Groups[1].ValueSpan, CultureInfo.InvariantCulture);

    private static async Task<ClusterFixture> StartedAsync()
    {
        var cluster = new ClusterFixture();
        await cluster.InitializeAsync();
        return cluster;
    }

    private static async Task RefusedAsync(string reason, string from, string to)
    {
        var refused = await Command.IkadaAsync("migrate", "--from", from, "--to", to, "--once");
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains(reason, refused.Errors, StringComparison.Ordinal);
    }

    /// <summary>Migrates until it follows, and is ended then: what it said.</summary>
    private static async Task<string> StopAsync(RealEtcd etcd, ClusterFixture cluster)
    {
        using var migrate = RunningCommand.Ikada(
            "migrate", "--from", etcd.Endpoint, "--to", cluster.Endpoints);
        await migrate.SaysAsync("following; ");
        var revision = (await RealEtcd.AllAsync(etcd.Connection)).Header.Revision;
        await Eventually.HoldsAsync("the target to be level", async () =>
            (await RealEtcd.AllAsync(cluster.Servers[0])).Header.Revision == revision);
        await migrate.TerminateAsync();
        var ended = await migrate.EndAsync();
        Assert.Contains("stopped before the cut-over", ended.Errors, StringComparison.Ordinal);
        return ended.Errors;
    }

    private static async Task LoadAsync(RealEtcd etcd)
    {
        foreach (var some in Enumerable.Range(0, Keys).Chunk(100))
        {
            await etcd.TransactAsync(
                some.Select(i => RealEtcd.Put($"key/{i:0000}", new string('v', i % 50))));
        }

        for (var i = 0; i < 20; i++)
        {
            await etcd.PutAsync($"lease/{i}", lease: await etcd.GrantAsync(100 + i));
            await etcd.PutAsync($"key/{i * 9:0000}", "again");
        }
    }

    /// <summary>Writes of all kinds, until the migration has followed them for a while: puts, transactions of
    /// several keys, one of which is larger than a step, deletions of many keys, leases that are granted, are
    /// ended and run out.</summary>
    private static async Task WriteAsync(RealEtcd etcd, RunningCommand migrate)
    {
        var runsOut = await etcd.GrantAsync(2);
        await etcd.TransactAsync(RealEtcd.Put("out/1", "x", runsOut), RealEtcd.Put("out/2", "x", runsOut));
        var followed = 0;
        for (var i = 0; followed < 40; i++)
        {
            followed += migrate.HasSaid("following; ") ? 1 : 0;
            await etcd.PutAsync($"key/{i % Keys:0000}", $"live {i}");
            await etcd.TransactAsync(
                RealEtcd.Put($"live/{i % 7}", $"{i}"),
                RealEtcd.Delete($"key/{i % 50:0000}", $"key/{i % 50:0000}5"),
                RealEtcd.Put($"other/{i}", $"{i}"));
            var lease = await etcd.GrantAsync(50);
            await etcd.PutAsync($"brief/{i % 3}", lease: lease);
            if (i % 2 == 0)
            {
                await etcd.Leases.LeaseRevokeAsync(new LeaseRevokeRequest { ID = lease });
            }
        }

        await etcd.TransactAsync(
            Enumerable.Range(0, 100).Select(i => RealEtcd.Put($"large/{i}", new string('l', 10_000))));
        await etcd.TransactAsync(RealEtcd.Delete("key/1", "key/2"));
        await Eventually.HoldsAsync("the lease to run out", async () =>
            (await etcd.Leases.LeaseTimeToLiveAsync(new LeaseTimeToLiveRequest { ID = runsOut })).TTL < 0);
    }

    private static async Task SameLeasesAsync(RealEtcd etcd, EtcdConnection target, long keeps)
    {
        var leases = new Lease.LeaseClient(target.Invoker);
        var (here, there) = (await etcd.Leases.LeaseLeasesAsync(new()), await leases.LeaseLeasesAsync(new()));
        Assert.Equal(here.Leases.Select(one => one.ID).Order(), there.Leases.Select(one => one.ID).Order());
        var question = new LeaseTimeToLiveRequest { ID = keeps, Keys = true };
        var (left, right) = (
            await etcd.Leases.LeaseTimeToLiveAsync(question), await leases.LeaseTimeToLiveAsync(question));
        Assert.Equal((left.GrantedTTL, left.Keys), (right.GrantedTTL, right.Keys));
        Assert.InRange(right.TTL, left.TTL - 1, left.TTL + 5);
    }
}
