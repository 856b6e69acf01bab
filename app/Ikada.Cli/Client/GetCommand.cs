using System.CommandLine;
using Google.Protobuf;
using Ikada.Api.Etcd;

namespace Ikada.Cli.Client;

internal sealed class GetCommand
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
    private readonly Option<bool> _valueOnly = new("--print-value-only")
    {
        Description = "Without the keys.",
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

    private readonly Option<string> _form = ClientOptions.Form();
    private readonly Option<string?> _endpoints = ClientOptions.Endpoints();
    private readonly Option<string> _timeout = ClientOptions.CommandTimeout();

    public static Command Create() => new GetCommand().Build();

    private Command Build()
    {
        var command = new Command("get", "Read a key or a range of keys.")
        {
            _key, _end, _prefix, _fromKey, _limit, _revision, _keysOnly, _countOnly, _valueOnly, _consistency,
            _sortBy, _order, _form, _endpoints, _timeout,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            var form = ClientOptions.ReadForm(parsed, _form);
            var request = Request(parsed);
            using var cluster = ClientOptions.Connect(parsed, _endpoints, _timeout);
            var answer = await cluster.ReadAsync(
                $"get {parsed.GetValue(_key)}",
                (connection, options) => connection.KeyValues.RangeAsync(request, options),
                cancellation);
            using var output = new BufferedStream(Console.OpenStandardOutput());
            Write(output, answer, form, request.CountOnly, parsed.GetValue(_valueOnly));
            return 0;
        });
        return command;
    }

    private RangeRequest Request(ParseResult parsed)
    {
        var range = KeyRange.Of(
            parsed.GetValue(_key)!,
            parsed.GetValue(_end),
            parsed.GetValue(_prefix),
            parsed.GetValue(_fromKey));
        return new RangeRequest
        {
            Key = range.Key,
            RangeEnd = range.End,
            Limit = parsed.GetValue(_limit),
            Revision = parsed.GetValue(_revision),
            KeysOnly = parsed.GetValue(_keysOnly),
            CountOnly = parsed.GetValue(_countOnly),
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

    private static void Write(
        Stream output, RangeResponse answer, string form, bool countOnly, bool valueOnly)
    {
        switch (form)
        {
            case "json":
                Output.Json(output, answer.Header, json =>
                {
                    Output.JsonPairs(json, "kvs", answer.Kvs);
                    if (answer.More)
                    {
                        json.WriteBoolean("more", true);
                    }

                    Output.Number(json, "count", (ulong)answer.Count);
                });
                break;
            case "fields":
                Output.Fields(output, answer.Header);
                foreach (var pair in answer.Kvs)
                {
                    Output.Fields(output, pair);
                }

                Output.Field(output, "More", answer.More ? "true" : "false");
                Output.Field(output, "Count", answer.Count);
                break;
            default:
                if (countOnly)
                {
                    Output.Line(output, ByteString.CopyFromUtf8($"{answer.Count}"));
                }

                Output.KeyValues(output, answer.Kvs, valueOnly);
                break;
        }
    }
}
