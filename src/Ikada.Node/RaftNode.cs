using Ikada.Primitives;
using Ikada.Replica;

namespace Ikada.Node;

/// <summary>CONTRACT STUB: hosts one replica: consensus thread, disk thread, apply thread, timers.</summary>
public sealed class RaftNode : IAsyncDisposable
{
    /// <summary>Where the node stands; cheap, from any thread.</summary>
    public ReplicaStatus Status => throw new NotImplementedException();

    /// <summary>The membership in force.</summary>
    public Membership Membership => throw new NotImplementedException();

    /// <summary>Ends when the node has stopped; faulted with the reason when it had to stop by itself.</summary>
    public Task Completion => throw new NotImplementedException();

    /// <summary>Appends a command, waiting for a leader where none is known, until cancelled. A cancelled write that was handed over is
    /// <see cref="OutcomeKind.Unknown"/>; one that never was is Refused.</summary>
    public ValueTask<WriteOutcome> ProposeAsync(ReadOnlyMemory<byte> command, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Waits until the state machine on this node holds all that was committed when the call began, waiting for a leader
    /// where none is known.</summary>
    public ValueTask<ReadOutcome> ReadBarrierAsync(CancellationToken cancellation) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
