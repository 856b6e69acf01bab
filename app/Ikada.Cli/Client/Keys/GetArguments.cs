using System.CommandLine;
using Ikada.Api.Etcd;

namespace Ikada.Cli.Client;

/// <summary>A read as it is written on a command line, or in a transaction.</summary>
internal sealed class GetArguments
{
    private readonly Argument<string> _key = new("key") { Description = "The key." };

    private readonly Argument<string?> _end = new("range-end")
    {
        Description = "Read all keys from the key on and before this one.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<bool> _prefix = new("--prefix")
    {
        Description = "Read all keys that begin with the key.",
    };
    private readonly Option<bool> _fromKey = new("--from-key")
    {
        Description = "Read all keys from the key on.",
    };
    private readonly Option<long> _limit = new("--limit")
    {
        Description = "At most so many keys.",
        HelpName = "N",
    };
    private readonly Option<long> _revision = new("--rev")
    {
        Description = "As of this revision.",
        HelpName = "N",
    };
    private readonly Option<bool> _keysOnly = new("--keys-only") { Description = "Without the values." };
    private readonly Option<bool> _countOnly = new("--count-only")
    {
        Description = "Only how many there are.",
    };
    private readonly Option<string> _consistency = new("--consistency")
    {
        Description = "l: up to date, asks a majority; s: what this server has, perhaps old.",
        HelpName = "l|s",
        DefaultValueFactory = _ => "l",
    };

    private readonly Option<string> _sortBy = new("--sort-by")
    {
        Description = "CREATE, KEY, MODIFY, VALUE or VERSION.",
        HelpName = "FIELD",
        DefaultValueFactory = _ => "",
    };

    private readonly Option<string> _order = new("--order")
    {
        Description = "ASCEND or DESCEND.",
        HelpName = "ORDER",
        DefaultValueFactory = _ => "",
    };

    private readonly Option<long> _modFrom = Bound(
        "--min-mod-rev", "Only keys changed at this revision or later.");
    private readonly Option<long> _modTo = Bound(
        "--max-mod-rev", "Only keys not changed since this revision.");
    private readonly Option<long> _createFrom = Bound(
        "--min-create-rev", "Only keys created at this revision or later.");
    private readonly Option<long> _createTo = Bound(
        "--max-create-rev", "Only keys created at this revision or before.");

    public Symbol[] Symbols =>
    [
        _key, _end, _prefix, _fromKey, _limit, _revision, _keysOnly, _countOnly, _consistency, _sortBy,
        _order, _modFrom, _modTo, _createFrom, _createTo,
    ];

    public string Key(ParseResult parsed) => parsed.GetValue(_key)!;

    public RangeRequest Request(ParseResult parsed)
    {
        var range = KeyRange.Of(
            Key(parsed), parsed.GetValue(_end), parsed.GetValue(_prefix), parsed.GetValue(_fromKey));
        return new RangeRequest
        {
            Key = range.Key,
            RangeEnd = range.End,
            Limit = parsed.GetValue(_limit),
            Revision = parsed.GetValue(_revision),
            KeysOnly = parsed.GetValue(_keysOnly),
            CountOnly = parsed.GetValue(_countOnly),
            MinModRevision = parsed.GetValue(_modFrom),
            MaxModRevision = parsed.GetValue(_modTo),
            MinCreateRevision = parsed.GetValue(_createFrom),
            MaxCreateRevision = parsed.GetValue(_createTo),
            Serializable = Choose(parsed, _consistency, ("l", false), ("s", true)),
            SortOrder = Choose(
                parsed,
                _order,
                ("", RangeRequest.Types.SortOrder.None),
                ("ASCEND", RangeRequest.Types.SortOrder.Ascend),
                ("DESCEND", RangeRequest.Types.SortOrder.Descend)),
            SortTarget = Choose(
                parsed,
                _sortBy,
                ("", RangeRequest.Types.SortTarget.Key),
                ("CREATE", RangeRequest.Types.SortTarget.Create),
                ("KEY", RangeRequest.Types.SortTarget.Key),
                ("MODIFY", RangeRequest.Types.SortTarget.Mod),
                ("VALUE", RangeRequest.Types.SortTarget.Value),
                ("VERSION", RangeRequest.Types.SortTarget.Version)),
        };
    }

    private static T Choose<T>(
        ParseResult parsed, Option<string> option, params (string Text, T Value)[] choices)
    {
        var text = parsed.GetValue(option)!;
        foreach (var choice in choices)
        {
            if (string.Equals(choice.Text, text, StringComparison.OrdinalIgnoreCase))
            {
                return choice.Value;
            }
        }

        var known =
            string.Join(", ", choices.Where(choice => choice.Text.Length > 0).Select(choice => choice.Text));
        throw CliException.BadUsage($"{option.Name}: '{text}' is unknown; choose among {known}");
    }

    private static Option<long> Bound(string name, string description) =>
        new(name) { Description = description, HelpName = "N" };
}
