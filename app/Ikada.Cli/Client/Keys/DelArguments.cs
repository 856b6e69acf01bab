using System.CommandLine;
using Ikada.Api.Etcd;

namespace Ikada.Cli.Client;

/// <summary>A deletion as it is written on a command line, or in a transaction.</summary>
internal sealed class DelArguments
{
    private readonly Argument<string> _key = new("key") { Description = "The key." };

    private readonly Argument<string?> _end = new("range-end")
    {
        Description = "Delete all keys from the key on and before this one.",
        Arity = ArgumentArity.ZeroOrOne,
    };
    private readonly Option<bool> _prefix = new("--prefix")
    {
        Description = "Delete all keys that begin with the key.",
    };
    private readonly Option<bool> _fromKey = new("--from-key")
    {
        Description = "Delete all keys from the key on.",
    };
    private readonly Option<bool> _range = new("--range")
    {
        Description = "There must be a range end: a script says that it means one.",
    };
    private readonly Option<bool> _previous = new("--prev-kv") { Description = "Print what was deleted." };

    public Symbol[] Symbols => [_key, _end, _prefix, _fromKey, _range, _previous];

    public string Key(ParseResult parsed) => parsed.GetValue(_key)!;

    public DeleteRangeRequest Request(ParseResult parsed)
    {
        if (parsed.GetValue(_range) && parsed.GetValue(_end) is null)
        {
            throw CliException.BadUsage("--range needs a range end behind the key");
        }

        var range = KeyRange.Of(
            Key(parsed), parsed.GetValue(_end), parsed.GetValue(_prefix), parsed.GetValue(_fromKey));
        return new DeleteRangeRequest
        {
            Key = range.Key,
            RangeEnd = range.End,
            PrevKv = parsed.GetValue(_previous),
        };
    }
}
