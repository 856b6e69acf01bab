using Google.Protobuf;
using Grpc.Core;
using Ikada.Api.Etcd;
using Ikada.Cli.Client;

namespace Ikada.Cli.Demo;

/// <summary>
/// Clients that write without a pause, each value once. One whose write fails goes on with the next key at
/// the next server: it never writes a key again, so that each key has one possible value.
/// </summary>
internal sealed class Writers(IReadOnlyList<EtcdConnection> servers, Ledger ledger, string prefix, int count)
    : IAsyncDisposable
{
    private static readonly TimeSpan PutTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(5);
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    public void Start() =>
        _running = Task.WhenAll(Enumerable.Range(0, count).Select(writer => WriteAsync(writer)));

    /// <summary>Ends after the writes under way; fails if a writer failed.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    private async Task WriteAsync(int writer)
    {
        for (var (sequence, server) = (0L, writer); !_stop.IsCancellationRequested; sequence++)
        {
            var key = $"{prefix}{writer}/{sequence:d8}";
            var value = $"writer {writer} wrote {sequence} at {DateTime.UtcNow:HH:mm:ss.ffffff}";
            if (!await PutAsync(servers[server % servers.Count], key, value))
            {
                server++;
                await Task.Delay(PauseAfterFailure);
            }
        }
    }

    private async Task<bool> PutAsync(EtcdConnection server, string key, string value)
    {
        var request = new PutRequest
        {
            Key = ByteString.CopyFromUtf8(key),
            Value = ByteString.CopyFromUtf8(value),
        };
        try
        {
            await server.KeyValues.PutAsync(request, deadline: DateTime.UtcNow + PutTimeout);
            ledger.Acknowledge(key, value);
            return true;
        }
        catch (RpcException error)
        {
            if (EtcdConnection.NothingWasSent(error))
            {
                ledger.Refuse();
            }
            else
            {
                ledger.Doubt(key, value);
            }

            return false;
        }
    }
}
