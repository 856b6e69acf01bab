using System.CommandLine;
using Google.Protobuf;
using Ikada.Api.Etcd;

namespace Ikada.Cli.Client;

internal static class PutCommand
{
    public static Command Create()
    {
        var key = new Argument<string>("key") { Description = "The key." };
        var value = new Argument<string?>("value")
        {
            Description = "The value; read from the standard input where it is left out.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var previous = new Option<bool>("--prev-kv") { Description = "Print what the key held before." };
        var form = ClientOptions.Form();
        var endpoints = ClientOptions.Endpoints();
        var timeout = ClientOptions.CommandTimeout();
        var command = new Command("put", "Store a value under a key.")
        {
            key, value, previous, form, endpoints, timeout,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            using var cluster = ClientOptions.Connect(parsed, endpoints, timeout);
            var written = ClientOptions.ReadForm(parsed, form);
            var request = new PutRequest
            {
                Key = ByteString.CopyFromUtf8(parsed.GetValue(key)!),
                Value = await ValueAsync(parsed.GetValue(value), cancellation),
                PrevKv = parsed.GetValue(previous),
            };
            var answer = await cluster.WriteAsync(
                $"put {parsed.GetValue(key)}",
                (connection, options) => connection.KeyValues.PutAsync(request, options),
                cancellation);
            using var output = Console.OpenStandardOutput();
            Write(output, answer, written);
            return 0;
        });
        return command;
    }

    private static async Task<ByteString> ValueAsync(string? value, CancellationToken cancellation)
    {
        if (value is not null)
        {
            return ByteString.CopyFromUtf8(value);
        }

        using var input = Console.OpenStandardInput();
        return await ByteString.FromStreamAsync(input, cancellation);
    }

    private static void Write(Stream output, PutResponse answer, string form)
    {
        switch (form)
        {
            case "json":
                Output.Json(output, answer.Header, json =>
                {
                    if (answer.PrevKv is not null)
                    {
                        Output.JsonPairs(json, "prev_kv", [answer.PrevKv]);
                    }
                });
                break;
            case "fields":
                Output.Fields(output, answer.Header);
                if (answer.PrevKv is not null)
                {
                    Output.Fields(output, answer.PrevKv);
                }

                break;
            default:
                Output.Line(output, ByteString.CopyFromUtf8("OK"));
                Output.KeyValues(output, answer.PrevKv is null ? [] : [answer.PrevKv], valueOnly: false);
                break;
        }
    }
}
