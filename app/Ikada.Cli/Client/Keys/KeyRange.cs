using Google.Protobuf;

namespace Ikada.Cli.Client;

/// <summary>The interval of keys that a command speaks of, in etcd's way of writing it.</summary>
internal readonly record struct KeyRange(ByteString Key, ByteString End)
{
    private static readonly ByteString Zero = ByteString.CopyFrom(0);

    public static KeyRange Of(string key, string? end, bool prefix, bool fromKey)
    {
        if (end is not null && (prefix || fromKey))
        {
            throw CliException.BadUsage(
                $"a range end ('{end}') cannot stand with --prefix or --from-key; leave one out");
        }

        if (prefix && fromKey)
        {
            throw CliException.BadUsage("--prefix and --from-key exclude each other; leave one out");
        }

        if (key.Length == 0 && (prefix || fromKey))
        {
            return new KeyRange(Zero, Zero);
        }

        var bytes = GoText.Bytes(key);
        return new KeyRange(
            bytes,
            prefix ? AfterPrefix(bytes.Span) : fromKey
                ? Zero : GoText.Bytes(end ?? ""));
    }

    // The first key behind all that begin so: the last byte that can be raised, raised, and the rest cut off.
    private static ByteString AfterPrefix(ReadOnlySpan<byte> prefix)
    {
        var end = prefix.ToArray();
        for (var i = end.Length - 1; i >= 0; i--)
        {
            if (end[i] < byte.MaxValue)
            {
                end[i]++;
                return ByteString.CopyFrom(end, 0, i + 1);
            }
        }

        return Zero;
    }
}
