namespace Ikada.Server;

/// <summary>The server could not start. The message is for the operator: what, its value, and the
/// remedy.</summary>
public sealed class ServerStartException : Exception
{
    /// <summary>Makes one.</summary>
    public ServerStartException(string message)
        : base(message)
    {
    }

    /// <summary>Makes one.</summary>
    public ServerStartException()
    {
    }

    /// <summary>Makes one.</summary>
    public ServerStartException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
