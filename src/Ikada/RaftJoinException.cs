namespace Ikada;

/// <summary>A node was not let into the group that <see cref="RaftOptions.Join"/> names; the message says why
/// and what to do.</summary>
public sealed class RaftJoinException : Exception
{
    internal RaftJoinException(string message)
        : base(message)
    {
    }
}
