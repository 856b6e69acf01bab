using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;

namespace Ikada.Server;

/// <summary>Accepts the connections that another listener hands over.</summary>
internal sealed class HandedListener(
    EndPoint endPoint, Channel<ConnectionContext> connections) : IConnectionListener
{
    public EndPoint EndPoint => endPoint;

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default) =>
        await connections.Reader.WaitToReadAsync(cancellationToken)
            && connections.Reader.TryRead(out var connection)
                ? connection
                : null;

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        connections.Writer.TryComplete();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        connections.Writer.TryComplete();
        while (connections.Reader.TryRead(out var connection))
        {
            await connection.DisposeAsync();
        }
    }
}
