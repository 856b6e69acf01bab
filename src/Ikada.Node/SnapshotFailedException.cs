namespace Ikada.Node;

/// <summary>A snapshot that was asked for could not be taken; says why.</summary>
public sealed class SnapshotFailedException : Exception
{
    /// <summary>Makes one.</summary>
    public SnapshotFailedException(string message)
        : base(message)
    {
    }

    /// <summary>Makes one.</summary>
    public SnapshotFailedException(string message, Exception inner)
        : base(message, inner)
    {
    }

    /// <summary>Makes one.</summary>
    public SnapshotFailedException()
    {
    }
}
