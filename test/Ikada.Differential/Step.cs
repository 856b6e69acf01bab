using System.Globalization;
using Google.Protobuf;
using Ikada.Api.Etcd;

namespace Ikada.Differential;

/// <summary>One thing done to both servers.</summary>
internal abstract record Step;

/// <summary>A unary call; the type of the request says which.</summary>
internal sealed record Call(IMessage Request) : Step
{
    public override string ToString() => Text.Of(Request);
}

/// <summary>A lease that the server names, granted and revoked at once: its TTL may be short.</summary>
internal sealed record GrantAndRevoke(long Ttl) : Step;

/// <summary>A lease of the shortest time with a key, until both have run out: 3 to 4 seconds.</summary>
internal sealed record GrantAndExpire(long Id, ByteString Key) : Step;

/// <summary>Asks how far the watch stream is. At least one watcher must be there, and none of the
/// future.</summary>
internal sealed record AskProgress(long Revision) : Step;

/// <summary>A watcher on the one watch stream of the run.</summary>
internal sealed record StartWatch(WatchCreateRequest Request) : Step
{
    public override string ToString() => Text.Of(Request);
}

/// <summary>The end of the watch stream with all its watchers; the next watcher opens another.</summary>
internal sealed record EndStream : Step;

/// <summary>The end of a watcher.</summary>
internal sealed record EndWatch(long Id) : Step;

/// <summary>Waits until both have told their watchers the same.</summary>
/// <param name="CatchesUp">Also until watchers from an old revision have caught up that are told nothing:
/// etcd looks after them every 100 ms.</param>
internal sealed record Settle(bool CatchesUp = false) : Step;

/// <summary>Messages as people read them: keys as text.</summary>
internal static class Text
{
    private const int LongestShown = 60;

    public static string Of(IMessage message)
    {
        var fields = new List<string>();
        foreach (var field in message.Descriptor.Fields.InFieldNumberOrder())
        {
            var value = field.Accessor.GetValue(message);
            if (field.IsRepeated)
            {
                foreach (var one in (System.Collections.IEnumerable)value)
                {
                    fields.Add($"{field.Name}={Value(one)}");
                }
            }
            else if (field.HasPresence ? field.Accessor.HasValue(message) : !IsDefault(value))
            {
                fields.Add($"{field.Name}={Value(value)}");
            }
        }

        return $"{message.Descriptor.Name}({string.Join(' ', fields)})";
    }

    private static bool IsDefault(object value) => value switch
    {
        ByteString bytes => bytes.IsEmpty,
        string text => text.Length == 0,
        Enum name => Convert.ToInt32(name, CultureInfo.InvariantCulture) == 0,
        bool flag => !flag,
        IConvertible number => number.ToInt64(CultureInfo.InvariantCulture) == 0,
        _ => false,
    };

    private static string Value(object value) => value switch
    {
        IMessage message => Of(message),
        ByteString bytes => Bytes(bytes),
        _ => string.Create(CultureInfo.InvariantCulture, $"{value}"),
    };

    // Injective up to the length shown; a long value's length and hash stand for the rest.
    private static string Bytes(ByteString bytes)
    {
        var text = new System.Text.StringBuilder("\"");
        foreach (var one in bytes.Span[..Math.Min(bytes.Length, LongestShown)])
        {
            _ = one is >= 0x20 and < 0x7F and not (byte)'\\' and not (byte)'"'
                ? text.Append((char)one)
                : text.Append(CultureInfo.InvariantCulture, $"\\x{one:x2}");
        }

        return bytes.Length > LongestShown
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{text}…\" ({bytes.Length} bytes, {Convert.ToHexString(Hash(bytes))[..16]})")
            : text.Append('"').ToString();
    }

    private static byte[] Hash(ByteString bytes) => System.Security.Cryptography.SHA256.HashData(bytes.Span);
}
