using System.CommandLine;
using Google.Protobuf;
using Ikada.Api.Etcd;

namespace Ikada.Cli.Client;

/// <summary>A put as it is written on a command line, or in a transaction.</summary>
internal sealed class PutArguments
{
    private readonly Argument<string> _key = new("key") { Description = "The key." };

    private readonly Argument<string?> _value = new("value")
    {
        Description = "The value; read from the standard input where it is left out.",
        Arity = ArgumentArity.ZeroOrOne,
    };
    private readonly Option<string> _lease = new("--lease")
    {
        Description = "The lease that the key is attached to, in hex.",
        HelpName = "ID",
        DefaultValueFactory = _ => "0",
    };
    private readonly Option<bool> _previous = new("--prev-kv")
    {
        Description = "Print what the key held before.",
    };
    private readonly Option<bool> _ignoreValue = new("--ignore-value")
    {
        Description = "Keep the value that the key has.",
    };
    private readonly Option<bool> _ignoreLease = new("--ignore-lease")
    {
        Description = "Keep the lease that the key has.",
    };

    public Symbol[] Symbols => [_key, _value, _lease, _previous, _ignoreValue, _ignoreLease];

    public string Key(ParseResult parsed) => parsed.GetValue(_key)!;

    /// <param name="parsed">The command line.</param>
    /// <param name="read">Where the value comes from that is left out; null: it must be there.</param>
    public async Task<PutRequest> RequestAsync(ParseResult parsed, Func<Task<ByteString>>? read)
    {
        var ignoresValue = parsed.GetValue(_ignoreValue);
        var value = parsed.GetValue(_value);
        if (ignoresValue && value is not null)
        {
            throw CliException.BadUsage(
                $"--ignore-value keeps the value, and '{value}' is given: leave one out");
        }

        var lease = ClientOptions.LeaseId(parsed.GetValue(_lease)!, "--lease");
        if (parsed.GetValue(_ignoreLease) && lease != 0)
        {
            throw CliException.BadUsage($"--ignore-lease keeps the lease, and --lease={lease:x} is given: "
                + "leave one out");
        }

        return new PutRequest
        {
            Key = GoText.Bytes(Key(parsed)),
            Value = ignoresValue ? ByteString.Empty
                : value is not null ? GoText.Bytes(value)
                : read is not null ? await read()
                : throw CliException.BadUsage($"put {Key(parsed)}: the value is missing"),
            Lease = lease,
            PrevKv = parsed.GetValue(_previous),
            IgnoreValue = ignoresValue,
            IgnoreLease = parsed.GetValue(_ignoreLease),
        };
    }
}
