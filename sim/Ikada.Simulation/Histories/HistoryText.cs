using System.Globalization;
using System.Text;

namespace Ikada.Simulation.Histories;

/// <summary>Strings of a history for people, and for files.</summary>
public static class HistoryText
{
    /// <summary>A string as JSON on one line, whole.</summary>
    public static string Quote(string text) => Quote(text, int.MaxValue);

    /// <summary>A string as JSON on one line, in ASCII but for letters; cut off behind so many
    /// characters.</summary>
    public static string Quote(ReadOnlySpan<char> text, int charsMax)
    {
        var quoted = new StringBuilder("\"");
        foreach (var one in text[..Math.Min(charsMax, text.Length)])
        {
            if (one is '"' or '\\')
            {
                quoted.Append('\\').Append(one);
            }
            else if (one is >= ' ' and <= '~' || char.IsLetterOrDigit(one))
            {
                quoted.Append(one);
            }
            else
            {
                quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)one:x4}");
            }
        }

        quoted.Append('"');
        return text.Length <= charsMax ? quoted.ToString() : quoted.Append("...").ToString();
    }
}
