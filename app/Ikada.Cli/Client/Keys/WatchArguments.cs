using System.CommandLine;
using System.CommandLine.Parsing;
using Ikada.Api.Etcd;

namespace Ikada.Cli.Client;

/// <summary>What is to be watched, and what is to be run at each change.</summary>
/// <param name="Request">The watch.</param>
/// <param name="Command">A program and its arguments; empty: the changes are only printed.</param>
internal sealed record WatchOrder(WatchCreateRequest Request, IReadOnlyList<string> Command);

/// <summary>A watch as it is written on a command line, or on a line of <c>watch -i</c>.</summary>
internal sealed class WatchArguments
{
    public const string KeyVariable = "ETCDCTL_WATCH_KEY";
    public const string EndVariable = "ETCDCTL_WATCH_RANGE_END";

    private readonly Argument<string?> _key = new("key")
    {
        Description = $"The key (default ${KeyVariable}).",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Argument<string?> _end = new("range-end")
    {
        Description = $"Watch all keys from the key on and before this one (default ${EndVariable}).",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Argument<string[]> _command = new("command")
    {
        Description = "Behind --: a program and its arguments, run at each change with ETCD_WATCH_REVISION, "
            + "ETCD_WATCH_EVENT_TYPE, ETCD_WATCH_KEY and ETCD_WATCH_VALUE in its environment.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<bool> _prefix = new("--prefix")
    {
        Description = "Watch all keys that begin with the key.",
    };
    private readonly Option<bool> _fromKey = new("--from-key")
    {
        Description = "Watch all keys from the key on.",
    };
    private readonly Option<long> _revision = new("--rev")
    {
        Description = "Begin with the changes of this revision (0: those to come).",
        HelpName = "N",
    };
    private readonly Option<bool> _previous = new("--prev-kv")
    {
        Description = "Print what the key held before, too.",
    };
    private readonly Option<bool> _progress = new("--progress-notify")
    {
        Description = "Also say how far the watch is while nothing happens.",
    };

    public Symbol[] Symbols =>
        [_key, _end, _command, _prefix, _fromKey, _revision, _previous, _progress];

    public WatchOrder Read(ParseResult parsed, Func<string, string?> environment)
    {
        var (words, command) = Split(parsed);
        var (key, end) = Range(words, Given(environment, KeyVariable), Given(environment, EndVariable));
        var range = KeyRange.Of(key, end, parsed.GetValue(_prefix), parsed.GetValue(_fromKey));
        return new WatchOrder(
            new WatchCreateRequest
            {
                Key = range.Key,
                RangeEnd = range.End,
                StartRevision = parsed.GetValue(_revision),
                PrevKv = parsed.GetValue(_previous),
                ProgressNotify = parsed.GetValue(_progress),
            },
            command);
    }

    /// <summary>A range end without a key in the environment is refused, whatever the command
    /// line says.</summary>
    public static void CheckEnvironment(Func<string, string?> environment)
    {
        if (Given(environment, EndVariable) is { } end && Given(environment, KeyVariable) is null)
        {
            throw CliException.BadUsage(
                $"{KeyVariable} is empty but {EndVariable} is '{end}'; set both, or none");
        }
    }

    // The parser hands words to arguments in turn; what stands behind "--" is the command.
    private (List<string> Words, List<string> Command) Split(ParseResult parsed)
    {
        var words = ((Argument[])[_key, _end, _command])
            .SelectMany(argument => parsed.GetResult(argument)?.Tokens ?? [])
            .Select(token => token.Value).ToList();
        var tokens = parsed.Tokens.ToList();
        var separator = tokens.FindIndex(token => token.Type == TokenType.DoubleDash);
        if (separator < 0)
        {
            return (words, []);
        }

        var behind = tokens.Count - separator - 1;
        return behind > 0
            ? (words[..^behind], words[^behind..])
            : throw CliException.BadUsage(
                "watch: no command stands behind '--'; write one, or leave '--' out");
    }

    private static (string Key, string? End) Range(List<string> words, string? key, string? end) =>
        (words, key) switch
        {
            ([], null) => throw CliException.BadUsage(
                $"watch: a key is missing; write it behind 'watch', or set {KeyVariable}"),
            ([], _) => (key, end),
            (_, not null) => throw CliException.BadUsage(
                $"watch: '{words[0]}' conflicts with {KeyVariable}='{key}'; leave one out"),
            ([var one], _) => (one, null),
            ([var one, var two], _) => (one, two),
            _ => throw CliException.BadUsage(
                $"watch: '{words[2]}' is one word too many behind the key and the range end; a command "
                    + "stands behind '--'"),
        };

    private static string? Given(Func<string, string?> environment, string variable) =>
        environment(variable) is { Length: > 0 } value ? value : null;
}
