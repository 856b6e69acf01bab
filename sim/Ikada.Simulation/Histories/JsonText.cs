using System.Buffers;
using System.Globalization;
using System.Text.Unicode;

namespace Ikada.Simulation.Histories;

/// <summary>
/// A JSON string, exactly: an escape is what it stands for, and half of a surrogate pair stays half of one.
/// (System.Text.Json refuses such a half; programs that carry bytes in strings write them.)
/// </summary>
internal sealed class JsonText
{
    private char[] _chars = new char[64];
    private int _length;

    public ReadOnlySpan<char> Span => _chars.AsSpan(0, _length);

    /// <summary>Takes what stands between the quotes; false if it is not UTF-8.</summary>
    public bool TryTake(ReadOnlySpan<byte> bytes, bool isEscaped)
    {
        if (_chars.Length < bytes.Length)
        {
            _chars = new char[Math.Max(bytes.Length, 2 * _chars.Length)];
        }

        var status = Utf8.ToUtf16(
            bytes, _chars, out _, out _length, replaceInvalidSequences: false, isFinalBlock: true);
        if (status != OperationStatus.Done)
        {
            return false;
        }

        if (isEscaped)
        {
            Unescape();
        }

        return true;
    }

    /// <summary>The string as JSON, at most so much of it as helps in a message.</summary>
    public string Quoted() => HistoryText.Quote(Span, 60);

    // In place: an escape is longer than what it stands for. That escapes are whole the JSON reader has seen.
    private void Unescape()
    {
        var to = 0;
        for (var at = 0; at < _length; at++)
        {
            var one = _chars[at];
            if (one == '\\')
            {
                one = _chars[++at] switch
                {
                    'b' => '\b',
                    'f' => '\f',
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    'u' => (char)ushort.Parse(
                        _chars.AsSpan(at + 1, 4),
                        NumberStyles.AllowHexSpecifier,
                        CultureInfo.InvariantCulture),
                    var same => same,
                };
                at += _chars[at] == 'u' ? 4 : 0;
            }

            _chars[to++] = one;
        }

        _length = to;
    }
}
