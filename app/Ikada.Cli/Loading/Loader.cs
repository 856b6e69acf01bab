using Google.Protobuf;
using Grpc.Core;
using Ikada.Api.Etcd;
using Ikada.Cli.Client;
using Ikada.Cli.Demo;

namespace Ikada.Cli.Loading;

/// <summary>
/// Writes records until each is acknowledged. Writing the same value under the same key again does no harm,
/// so a write whose outcome is unknown is simply repeated at the next server.
/// </summary>
internal sealed class Loader(IReadOnlyList<EtcdConnection> servers, IReadOnlyList<Record> records)
{
    private static readonly TimeSpan PutTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromSeconds(60);
    private int _next = -1;
    private int _acknowledged;
    private int _repeated;

    public int Acknowledged => _acknowledged;

    public int Repeated => _repeated;

    public Task RunAsync(int clients, CancellationToken cancellation) =>
        Task.WhenAll(Enumerable.Range(0, clients).Select(client => ClientAsync(client, cancellation)));

    /// <summary>Reads all back from each server itself, and counts what is missing or differs.</summary>
    public async Task<int> CompareAsync(string prefix, TextWriter output, CancellationToken cancellation)
    {
        var all = 0;
        foreach (var server in servers)
        {
            // The read through the majority makes sure that this server has applied all that was
            // acknowledged.
            var last = records.Count > 0 ? records[^1].Key : prefix;
            await ReadBack.AllAsync(server, last, serializable: false, cancellation);
            var found = await ReadBack.AllAsync(server, prefix, serializable: true, cancellation);
            var wrong = records.Count(record => found.GetValueOrDefault(record.Key) != record.Line);
            await output.WriteLineAsync(
                $"{server.Endpoint.Text}: {records.Count - wrong} of {records.Count} records read back "
                + "equal");
            all += wrong;
        }

        return all;
    }

    private async Task ClientAsync(int client, CancellationToken cancellation)
    {
        var server = client;
        while (true)
        {
            var at = Interlocked.Increment(ref _next);
            if (at >= records.Count)
            {
                return;
            }

            var started = DateTime.UtcNow;
            while (await PutAsync(servers[server % servers.Count], records[at], cancellation) is { } failure)
            {
                if (DateTime.UtcNow - started > GiveUpAfter)
                {
                    throw new CliException(
                        $"load: {records[at].Key} was not acknowledged within {GiveUpAfter.TotalSeconds} "
                        + $"s: {failure}");
                }

                Interlocked.Increment(ref _repeated);
                server++;
                await Task.Delay(PauseAfterFailure, cancellation);
            }

            Interlocked.Increment(ref _acknowledged);
        }
    }

    private static async Task<string?> PutAsync(
        EtcdConnection server, Record record, CancellationToken cancellation)
    {
        var request = new PutRequest
        {
            Key = ByteString.CopyFromUtf8(record.Key),
            Value = ByteString.CopyFromUtf8(record.Line),
        };
        try
        {
            await server.KeyValues.PutAsync(
                request, deadline: DateTime.UtcNow + PutTimeout, cancellationToken: cancellation);
            return null;
        }
        catch (RpcException error)
        {
            cancellation.ThrowIfCancellationRequested();
            return EtcdConnection.Describe(error);
        }
    }
}
