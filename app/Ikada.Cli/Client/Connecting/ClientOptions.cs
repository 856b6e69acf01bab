using System.CommandLine;
using Ikada.Cli.Client.Printing;
using Ikada.Cli.Serving;

namespace Ikada.Cli.Client;

/// <summary>The options that commands share which talk to servers. What is not given is read from etcdctl's
/// environment variable of that name.</summary>
internal static class ClientOptions
{
    private const string EtcdctlPrefix = "ETCDCTL_";

    public static Option<string?> Endpoints() => new("--endpoints")
    {
        Description = $"Servers to ask, HOST:PORT with commas between (default ${Endpoint.OwnVariable}, "
            + $"${Endpoint.EtcdctlVariable}, {Endpoint.Default}).",
        HelpName = "LIST",
    };

    public static Option<string?> CommandTimeout() => new("--command-timeout")
    {
        Description = "How long one server may take to answer, as 500ms, 5s or 1m (default 5s).",
        HelpName = "DURATION",
    };

    public static Option<string?> Form()
    {
        var form = new Option<string?>("--write-out", "-w")
        {
            Description = "simple, json, fields, or table for what has rows (default simple).",
            HelpName = "FORM",
        };
        form.CompletionSources.Add([.. Printer.Forms]);
        return form;
    }

    /// <summary>What was given for an option, else in the environment.</summary>
    public static (string? Value, string Origin) Setting(ParseResult parsed, Option<string?> option)
    {
        var variable = EtcdctlPrefix + option.Name.TrimStart('-').Replace('-', '_').ToUpperInvariant();
        return parsed.GetValue(option) is { } given ? (given, option.Name)
            : Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? (value, variable)
            : (null, option.Name);
    }

    public static TimeSpan Duration(ParseResult parsed, Option<string?> option, TimeSpan otherwise)
    {
        var (text, origin) = Setting(parsed, option);
        return text is null ? otherwise
            : GoValues.TryDuration(text, out var duration) && duration > TimeSpan.Zero
                && duration <= TimeSpan.FromDays(1)
            ? duration
            : throw CliException.BadUsage(
                $"{origin}: '{text}' is not a duration such as 500ms, 5s or 1m, above 0 and up to 24h");
    }

    /// <summary>A number that etcd's users write in hex: the id of a member.</summary>
    public static ulong MemberId(string text) => ulong.TryParse(
        text, System.Globalization.NumberStyles.HexNumber, null, out var id)
        ? id
        : throw CliException.BadUsage($"member: '{text}' is no id in hex; 'ikada member list' lists them");

    /// <summary>The id of a lease, in hex.</summary>
    public static long LeaseId(string text, string what) => long.TryParse(
        text, System.Globalization.NumberStyles.HexNumber, null, out var id)
        ? id
        : throw CliException.BadUsage($"{what}: '{text}' is no id in hex; 'ikada lease list' lists them");
}
