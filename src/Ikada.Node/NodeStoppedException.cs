namespace Ikada.Node;

/// <summary>The node stopped by itself, or was asked something after it had stopped. The message says
/// why.</summary>
public sealed class NodeStoppedException : Exception
{
    /// <summary>Whether the log has lost entries that it had acknowledged: the directory has been started
    /// over, and its next node is a wiped one.</summary>
    public bool HasLostLog { get; init; }

    /// <summary>Makes one.</summary>
    public NodeStoppedException(string message)
        : base(message)
    {
    }

    /// <summary>Makes one.</summary>
    public NodeStoppedException()
    {
    }

    /// <summary>Makes one.</summary>
    public NodeStoppedException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
