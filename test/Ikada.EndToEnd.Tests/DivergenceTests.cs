using Ikada.Cli.Demo;
using Ikada.Cli.Processes;
using Ikada.KeyValue.RocksDb;

namespace Ikada.EndToEnd.Tests;

/// <summary>A server whose stored state was changed by something else than its log.</summary>
public sealed class DivergenceTests : IAsyncLifetime
{
    private readonly ClusterFixture _fixture = new();

    public ValueTask InitializeAsync() => _fixture.InitializeAsync();

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    public async Task A_server_with_a_changed_byte_in_its_state_is_found_and_rebuilt_from_the_majority()
    {
        var ledger = new Ledger();
        await using var writers = new Writers(_fixture.Servers, ledger, "keys/", count: 2);
        writers.Start();
        await Eventually.HoldsAsync(
            "some acknowledged writes", () => Task.FromResult(ledger.AcknowledgedCount >= 50));
        await writers.StopAsync();
        var member = _fixture.Cluster.Members[2];
        await member.StopAsync();
        ChangeByte(member);

        _fixture.Cluster.Start(member);
        await Eventually.HoldsAsync(
            "the server is quarantined and rebuilt",
            () => Task.FromResult(LinesOf(member, "has taken over the state of the majority") == 1));

        Assert.Equal(1, LinesOf(member, "its state differs from that of the majority"));
        var states = await _fixture.SettledAsync();
        Assert.Single(states.Select(state => state.StateHash).Distinct());
        foreach (var server in _fixture.Servers)
        {
            Assert.Empty(ledger.Contradictions(await ReadBack.AllAsync(
                server, "keys/", serializable: true, TestContext.Current.CancellationToken)));
        }
    }

    // The last byte of the record that says where the state stands: part of the hash of its history.
    private static void ChangeByte(LocalMember member)
    {
        byte[] key = [0, (byte)'s'];
        using var store = RocksDbStore.Open(Directory.GetDirectories(member.DataDirectory, "kv-*").Single());
        var view = store.Hold();
        Assert.True(view.TryGet(key, out var found));
        view.LetGo();
        var changed = found.ToArray();
        changed[^1] ^= 0x40;
        var batch = store.BeginBatch();
        batch.Put(key, changed);
        batch.Commit();
    }

    private static int LinesOf(LocalMember member, string text) =>
        File.ReadLines(member.LogFile).Count(line => line.Contains(text, StringComparison.Ordinal));
}
