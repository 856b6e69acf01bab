using System.CommandLine;
using System.Globalization;
using Google.Protobuf;
using Ikada.Api.Etcd;

namespace Ikada.Cli.Client;

internal static class DelCommand
{
    public static Command Create()
    {
        var key = new Argument<string>("key") { Description = "The key." };
        var end = new Argument<string?>("range-end")
        {
            Description = "Delete all keys from the key on and before this one.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var prefix = new Option<bool>("--prefix")
        {
            Description = "Delete all keys that begin with the key.",
        };
        var fromKey = new Option<bool>("--from-key") { Description = "Delete all keys from the key on." };
        var previous = new Option<bool>("--prev-kv") { Description = "Print what was deleted." };
        var form = ClientOptions.Form();
        var endpoints = ClientOptions.Endpoints();
        var timeout = ClientOptions.CommandTimeout();
        var command = new Command("del", "Delete a key or a range of keys.")
        {
            key, end, prefix, fromKey, previous, form, endpoints, timeout,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var cluster = ClientOptions.Connect(parsed, endpoints, timeout);
            var written = ClientOptions.ReadForm(parsed, form);
            var range = KeyRange.Of(
                parsed.GetValue(key)!,
                parsed.GetValue(end),
                parsed.GetValue(prefix),
                parsed.GetValue(fromKey));
            var request = new DeleteRangeRequest
            {
                Key = range.Key,
                RangeEnd = range.End,
                PrevKv = parsed.GetValue(previous),
            };
            var answer = await cluster.WriteAsync(
                $"del {parsed.GetValue(key)}",
                (connection, options) => connection.KeyValues.DeleteRangeAsync(request, options),
                cancellation);
            using var output = Console.OpenStandardOutput();
            Write(output, answer, written);
            return 0;
        });
        return command;
    }

    private static void Write(Stream output, DeleteRangeResponse answer, string form)
    {
        switch (form)
        {
            case "json":
                Output.Json(output, answer.Header, json =>
                {
                    Output.Number(json, "deleted", (ulong)answer.Deleted);
                    Output.JsonPairs(json, "prev_kvs", answer.PrevKvs);
                });
                break;
            case "fields":
                Output.Fields(output, answer.Header);
                Output.Field(output, "Deleted", answer.Deleted);
                foreach (var pair in answer.PrevKvs)
                {
                    Output.Fields(output, pair);
                }

                break;
            default:
                Output.Line(
                    output, ByteString.CopyFromUtf8(answer.Deleted.ToString(CultureInfo.InvariantCulture)));
                Output.KeyValues(output, answer.PrevKvs, valueOnly: false);
                break;
        }
    }
}
