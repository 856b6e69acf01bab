using System.Net.Security;

namespace Ikada.Load.Http2;

/// <summary>A server to be called.</summary>
/// <param name="Host">Name or address.</param>
/// <param name="Port">Its port.</param>
/// <param name="Tls">How to speak TLS with it; null: plain text.</param>
public sealed record GrpcTarget(string Host, int Port, SslClientAuthenticationOptions? Tls = null)
{
    /// <summary>As requests name it.</summary>
    public string Authority =>
        Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";

    public override string ToString() => Authority;
}
