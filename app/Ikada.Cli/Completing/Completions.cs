using System.CommandLine;
using Ikada.Cli.Serving;

namespace Ikada.Cli.Completing;

/// <summary>What may stand where the cursor is. System.CommandLine knows it, for all verbs but serve, which
/// reads its own flags.</summary>
internal static class Completions
{
    /// <param name="root">All verbs.</param>
    /// <param name="line">The line as it is typed, the program's name first.</param>
    /// <param name="position">Where in it the cursor is.</param>
    public static IEnumerable<string> Of(Command root, string line, int position)
    {
        var typed = line[..Math.Clamp(position, 0, line.Length)];
        var blank = typed.IndexOf(' ', StringComparison.Ordinal);
        if (blank < 0)
        {
            return [];
        }

        // The program may be called by a path or under another name.
        var rest = typed[(blank + 1)..].TrimStart();
        var word = rest[(rest.LastIndexOf(' ') + 1)..];
        var known = rest.StartsWith(ServeCommand.Name + " ", StringComparison.Ordinal)
            ? ServeFlags.All.Select(flag => "--" + flag.Name)
            : root.Parse(rest).GetCompletions(rest.Length).Select(item => item.Label);
        // Options, help's /? among them, are offered once something of them is typed.
        return known.Where(one => one.StartsWith(word, StringComparison.Ordinal)
                && (word.Length > 0 || char.IsLetterOrDigit(one[0])))
            .Distinct().Order(StringComparer.Ordinal);
    }
}
