namespace Ikada.Testing.Scripts;

/// <summary>A script says something that cannot be understood. The message says where and what.</summary>
public sealed class ScriptException : Exception
{
    /// <summary>Without a message.</summary>
    public ScriptException()
    {
    }

    /// <summary>With what is wrong.</summary>
    public ScriptException(string message)
        : base(message)
    {
    }

    /// <summary>With what is wrong and what led to it.</summary>
    public ScriptException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
