namespace Ikada.Cli.Client;

/// <summary>How a connection is made.</summary>
/// <param name="Timeout">How long that may take.</param>
/// <param name="Tls">Whom to trust where the endpoint says https; null: whom the machine trusts.</param>
/// <param name="Login">Who the user is; null: nobody in particular.</param>
internal sealed record DialSettings(TimeSpan Timeout, ServerTrust? Tls, Login? Login = null)
{
    public static DialSettings Default { get; } = new(TimeSpan.FromSeconds(2), null);

    public SocketsHttpHandler NewHandler()
    {
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = Timeout,
            EnableMultipleHttp2Connections = true,
            UseProxy = false,
        };
        Tls?.Apply(handler.SslOptions);
        return handler;
    }
}
