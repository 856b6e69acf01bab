using System.CommandLine;
using System.Globalization;
using Google.Protobuf;
using Ikada.Api.Etcd;
using static Ikada.Api.Etcd.Compare.Types;

namespace Ikada.Cli.Client;

/// <summary>Which line is read next: the section (0 compares, 1 success, 2 failure), and whether it is the
/// first of it.</summary>
internal readonly record struct TxnPlace(int Section, bool IsFirst);

/// <summary>etcdctl's notation of a transaction: compares, success requests and failure requests, a line
/// each, each list ended by an empty line.</summary>
internal static class TxnScript
{
    private const string CompareForm = "write it as mod(\"KEY\") > \"0\", with version, create, mod, value "
        + "or lease and one of = != < >";

    private static readonly string[] Lists = ["compares", "success requests", "failure requests"];

    public static async Task<TxnRequest> ReadAsync(Func<TxnPlace, Task<string?>> next)
    {
        var request = new TxnRequest();
        for (var section = 0; section < 3; section++)
        {
            for (var place = new TxnPlace(section, true); ; place = place with { IsFirst = false })
            {
                var line = await next(place) ?? throw CliException.BadUsage(
                    $"txn: the input ended within the list of {Lists[section]}: an empty line ends each of "
                    + "the three; nothing was sent");
                line = line.Trim();
                if (line.Length == 0)
                {
                    break;
                }

                if (section == 0)
                {
                    request.Compare.Add(Compare(line));
                }
                else
                {
                    (section == 1 ? request.Success : request.Failure).Add(await RequestAsync(line));
                }
            }
        }

        return request;
    }

    public static Compare Compare(string line)
    {
        var open = line.IndexOf('(', StringComparison.Ordinal);
        var at = open + 1;
        if (open < 0 || GoText.Unquote(line, ref at) is not { } key || at >= line.Length || line[at] != ')')
        {
            throw Malformed(line);
        }

        var rest = line[(at + 1)..].TrimStart();
        var sign = new string([.. rest.TakeWhile(c => c is '=' or '!' or '<' or '>')]);
        var compare = new Compare
        {
            Key = ByteString.CopyFrom(key),
            Result = sign switch
            {
                "=" => CompareResult.Equal,
                "!=" => CompareResult.NotEqual,
                "<" => CompareResult.Less,
                ">" => CompareResult.Greater,
                _ => throw Malformed(line),
            },
        };
        var value = rest[sign.Length..].TrimStart();
        at = 0;
        if (GoText.Unquote(value, ref at) is not { } bytes || at != value.Length)
        {
            throw Malformed(line);
        }

        SetTarget(compare, line[..open].Trim(), bytes, line);
        return compare;
    }

    private static void SetTarget(Compare compare, string target, byte[] value, string line)
    {
        switch (target)
        {
            case "ver" or "version":
                compare.Target = CompareTarget.Version;
                compare.Version = Number(value, NumberStyles.AllowLeadingSign, line);
                break;
            case "c" or "create":
                compare.Target = CompareTarget.Create;
                compare.CreateRevision = Number(value, NumberStyles.AllowLeadingSign, line);
                break;
            case "m" or "mod":
                compare.Target = CompareTarget.Mod;
                compare.ModRevision = Number(value, NumberStyles.AllowLeadingSign, line);
                break;
            case "val" or "value":
                compare.Target = CompareTarget.Value;
                compare.Value = ByteString.CopyFrom(value);
                break;
            case "lease":
                compare.Target = CompareTarget.Lease;
                compare.Lease = Number(value, NumberStyles.AllowHexSpecifier, line);
                break;
            default:
                throw CliException.BadUsage(
                    $"txn: malformed comparison: {line} (unknown target '{target}'): {CompareForm}");
        }
    }

    private static long Number(byte[] value, NumberStyles style, string line) =>
        long.TryParse(GoText.Text(value), style, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw CliException.BadUsage(
                $"txn: invalid compare: {line}: '{GoText.Text(value)}' is no number"
                + (style == NumberStyles.AllowHexSpecifier ? " in hex" : ""));

    private static async Task<RequestOp> RequestAsync(string line)
    {
        var (put, get, del) = (new PutArguments(), new GetArguments(), new DelArguments());
        var verbs = new Command("txn")
        {
            Verb("put", put.Symbols), Verb("get", get.Symbols), Verb("del", del.Symbols),
        };
        var parsed = verbs.Parse(Words(line), CommandLine.Words);
        if (parsed.Errors.Count > 0)
        {
            throw CliException.BadUsage(
                $"txn: invalid request: {line}: {parsed.Errors[0].Message.TrimEnd('.')}; give put, get or "
                + "del with their arguments as on a command line");
        }

        return parsed.CommandResult.Command.Name switch
        {
            "put" => new RequestOp { RequestPut = await put.RequestAsync(parsed, read: null) },
            "get" => new RequestOp { RequestRange = get.Request(parsed) },
            _ => new RequestOp { RequestDeleteRange = del.Request(parsed) },
        };
    }

    private static Command Verb(string name, Symbol[] symbols)
    {
        var command = new Command(name);
        ClientCommand.AddAll(command, symbols);
        return command;
    }

    /// <summary>Words with blanks between; "with Go's escapes" and 'as it stands' are one word.</summary>
    public static List<string> Words(string line)
    {
        var words = new List<string>();
        for (var at = 0; at < line.Length;)
        {
            var start = at;
            if (char.IsWhiteSpace(line[at]))
            {
                at++;
            }
            else if (line[at] == '"')
            {
                words.Add(GoText.Unquote(line, ref at) is { } bytes
                    ? GoText.Text(bytes)
                    : throw CliException.BadUsage(
                        $"txn: invalid request: {line}: the quoted text at column {start + 1} has no "
                        + "end, or an escape that is unknown"));
            }
            else if (line[at] == '\'' && line.IndexOf('\'', at + 1) is > 0 and var end)
            {
                words.Add(line[(at + 1)..end]);
                at = end + 1;
            }
            else
            {
                while (at < line.Length && !char.IsWhiteSpace(line[at]))
                {
                    at++;
                }

                words.Add(line[start..at]);
            }
        }

        return words;
    }

    private static CliException Malformed(string line) =>
        CliException.BadUsage($"txn: malformed comparison: {line}: {CompareForm}");
}
