namespace Ikada.Transport;

/// <summary>All incoming connections, those in their handshake included; bounded.</summary>
internal sealed class IncomingConnections(int max)
{
    private readonly Lock _gate = new();
    private readonly HashSet<IncomingConnection> _open = [];
    private bool _closed;

    public bool TryAdd(IncomingConnection connection)
    {
        lock (_gate)
        {
            if (_closed || _open.Count >= max)
            {
                return false;
            }

            _open.Add(connection);
        }

        _ = connection.Ended.ContinueWith(
            _ => Remove(connection),
            CancellationToken.None,
            TaskContinuationOptions.None,
            TaskScheduler.Default);
        return true;
    }

    /// <summary>Takes no more, ends those there are, and waits for their threads.</summary>
    public async Task CloseAsync()
    {
        IncomingConnection[] open;
        lock (_gate)
        {
            _closed = true;
            open = [.. _open];
        }

        foreach (var connection in open)
        {
            connection.Abort();
        }

        foreach (var connection in open)
        {
            await connection.Ended.ConfigureAwait(false);
        }
    }

    private void Remove(IncomingConnection connection)
    {
        lock (_gate)
        {
            _open.Remove(connection);
        }
    }
}
