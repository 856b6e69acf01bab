using System.CommandLine;
using Ikada.Cli.Serving;

namespace Ikada.Cli.Client;

/// <summary>The options that every command has which talks to servers.</summary>
internal static class ClientOptions
{
    public static Option<string?> Endpoints() => new("--endpoints")
    {
        Description = $"Servers to ask, HOST:PORT with commas between (default ${Endpoint.OwnVariable}, "
            + $"${Endpoint.EtcdctlVariable}, {Endpoint.Default}).",
        HelpName = "LIST",
    };

    public static Option<string> CommandTimeout() => new("--command-timeout")
    {
        Description = "How long one server may take to answer, as 500ms, 5s or 1m.",
        HelpName = "DURATION",
        DefaultValueFactory = _ => "5s",
    };

    public static Option<string> Form() => new("--write-out", "-w")
    {
        Description = "simple, json or fields.",
        HelpName = "FORM",
        DefaultValueFactory = _ => Output.Forms[0],
    };

    public static string ReadForm(ParseResult parsed, Option<string> option)
    {
        var form = parsed.GetValue(option)!;
        return Output.Forms.Contains(form)
            ? form
            : throw CliException.BadUsage(
                $"--write-out: '{form}' is unknown; choose among {string.Join(", ", Output.Forms)}");
    }

    public static EtcdCluster Connect(
        ParseResult parsed, Option<string?> endpoints, Option<string> commandTimeout) =>
        new(Endpoint.FromOptionOrEnvironment(parsed.GetValue(endpoints)), Timeout(parsed, commandTimeout));

    public static TimeSpan Timeout(ParseResult parsed, Option<string> option)
    {
        var text = parsed.GetValue(option)!;
        return GoValues.TryDuration(text, out var timeout) && timeout > TimeSpan.Zero
            ? timeout
            : throw CliException.BadUsage(
                $"{option.Name}: '{text}' is not a duration such as 500ms, 5s or 1m");
    }
}
