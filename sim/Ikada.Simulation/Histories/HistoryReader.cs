namespace Ikada.Simulation.Histories;

/// <summary>Reads a history: one JSON object a line, in any order. The format is in
/// docs/simulation/histories.md.</summary>
public static class HistoryReader
{
    /// <summary>The longest line.</summary>
    public const int LineBytesMax = 64 << 20;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>Reads all lines to the end.</summary>
    /// <exception cref="HistoryFormatException">A line is no operation.</exception>
    public static History Read(Stream input)
    {
        var history = new History();
        var parser = new HistoryLineParser(history);
        var buffer = new byte[1 << 16];
        var (filled, line) = (0, 0L);
        while (true)
        {
            if (filled == buffer.Length)
            {
                if (filled >= LineBytesMax)
                {
                    throw new HistoryFormatException(
                        line + 1,
                        $"it is longer than {LineBytesMax >> 20} MiB; one operation stands on a line");
                }

                Array.Resize(ref buffer, Math.Min(LineBytesMax, 2 * buffer.Length));
            }

            var read = input.Read(buffer.AsSpan(filled));
            filled += read;
            var used = Lines(parser, buffer.AsSpan(0, filled), isEnd: read == 0, ref line);
            buffer.AsSpan(used, filled - used).CopyTo(buffer);
            filled -= used;
            if (read == 0)
            {
                return history;
            }
        }
    }

    // How many bytes were whole lines.
    private static int Lines(HistoryLineParser parser, ReadOnlySpan<byte> bytes, bool isEnd, ref long line)
    {
        var used = 0;
        while (used < bytes.Length)
        {
            var length = bytes[used..].IndexOf((byte)'\n');
            if (length < 0 && !isEnd)
            {
                break;
            }

            var text = length < 0 ? bytes[used..] : bytes.Slice(used, length);
            used += length < 0 ? text.Length : length + 1;
            line++;
            if (line == 1 && text.StartsWith(ByteOrderMark))
            {
                text = text[ByteOrderMark.Length..];
            }

            if (text.IndexOfAnyExcept(" \t\r"u8) >= 0)
            {
                parser.Add(line, text);
            }
        }

        return used;
    }
}
