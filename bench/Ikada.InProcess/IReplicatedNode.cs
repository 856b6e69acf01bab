namespace Ikada.InProcess;

/// <summary>Proposes a command and waits until it is applied here; false: it was not.</summary>
public delegate ValueTask<bool> Propose(ReadOnlyMemory<byte> command);

/// <summary>A node of a library, in this process.</summary>
public interface IReplicatedNode : IAsyncDisposable
{
    /// <summary>One for each group that this node leads now.</summary>
    IReadOnlyList<Propose> Led { get; }
}
