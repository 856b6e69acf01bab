namespace Ikada.Transport;

/// <summary>A peer could not be connected to. The message says why, for people; the reason is for
/// counting.</summary>
internal sealed class ConnectException(string reason, string message, Exception? cause = null)
    : IOException(message, cause)
{
    /// <summary>Its name does not resolve.</summary>
    public const string Name = "name";

    /// <summary>TCP could not connect.</summary>
    public const string Connect = "connect";

    /// <summary>It took longer than it may.</summary>
    public const string TimedOut = "timeout";

    /// <summary>TLS could not be started, or its certificate is no good.</summary>
    public const string Tls = "tls";

    /// <summary>It refused us.</summary>
    public const string Refused = "refused";

    /// <summary>Its answer is no good.</summary>
    public const string Handshake = "handshake";

    /// <summary>A connection that stood has ended.</summary>
    public const string Lost = "lost";

    public string Reason => reason;
}
