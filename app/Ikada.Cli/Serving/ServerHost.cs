namespace Ikada.Cli.Serving;

/// <summary>Runs a server until a signal or its own end.</summary>
internal static class ServerHost
{
    public static Task<int> RunAsync(ServeSettings settings) =>
        throw new CliException($"member '{settings.Name}' cannot be served: the server is not built in yet");
}
