using Ikada.Consensus;
using Ikada.Primitives;

namespace Ikada.Node.Tests;

/// <summary>A transport that reaches nobody.</summary>
internal sealed class NoPeers : IPeerTransport
{
    public bool IsDisposed { get; private set; }

    public Task StartAsync(Membership membership, IPeerEvents events, CancellationToken cancellation) =>
        Task.CompletedTask;

    public void Update(Membership membership)
    {
    }

    public bool Send(GroupId group, in Message message, ReadOnlySpan<LogEntry> entries) => false;

    public void Flush()
    {
    }

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return default;
    }
}
