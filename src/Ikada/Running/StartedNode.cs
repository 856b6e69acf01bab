using Ikada.Node;
using Ikada.Transport;

namespace Ikada;

/// <summary>A member of a group that runs, and what it does by itself to find its place there. Disposed, it
/// says that it is closed.</summary>
internal sealed class StartedNode : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Action _close;
    private readonly Task _placing;

    public StartedNode(
        RaftNode node, TcpPeerTransport transport, Inquiries inquiries, Newcomer newcomer, Action close)
    {
        _close = close;
        (Node, Transport, Inquiries) = (node, transport, inquiries);
        _ = node.Completion.ContinueWith(
            _ => _stop.CancelAsync(), CancellationToken.None, TaskContinuationOptions.None,
            TaskScheduler.Default);
        _placing = Task.Run(() => newcomer.RunAsync(_stop.Token));
    }

    public RaftNode Node { get; }

    /// <summary>Its connections.</summary>
    public TcpPeerTransport Transport { get; }

    /// <summary>What this node asks of others.</summary>
    public Inquiries Inquiries { get; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await Node.DisposeAsync().ConfigureAwait(false);
        await _placing.ConfigureAwait(false);
        _close();
    }
}
