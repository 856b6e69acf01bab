using System.Text;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ikada.Repository.Tests;

/// <summary>A line of the checklist: what must hold, under the name that others know it by.</summary>
internal sealed record ChecklistLine(string Heading, string Name, string Meaning);

/// <summary>A test, or a script, that says it holds a line.</summary>
internal sealed record Coverage(string Name, string Holder, string? Note);

/// <summary>
/// docs/protocol/checklist.md, made from the list of lines and from what tests and scripts say that they
/// cover: the attribute <c>Covers</c>, and <c># covers: name</c> at the head of a script.
/// </summary>
internal static partial class Checklist
{
    public const string Document = "docs/protocol/checklist.md";
    private const string LinesFile = "test/Ikada.Testing/Checklist/lines.txt";
    private const string Introduction = """
        # The scenario checklist

        What the tests of trusted consensus systems check, and which test of ours holds it. The names are
        those under which etcd-raft and others have them; where our rules differ, the last column says how
        the line was translated. Made from the attributes `[Covers("…")]` of the tests and the heads of the
        scripts by `./fix --checklist`; a test of `Ikada.Repository.Tests` fails when it is not up to date or
        a line is not covered.

        """;

    // "story: campaign: what it says" and "Voter: what it says": some names have a family in front.
    [GeneratedRegex(@"^((?:(?:openraft|wal|ccf|story): )?[^:]+): (.+)$")]
    private static partial Regex Line();

    public static IReadOnlyList<ChecklistLine> Lines { get; } = ReadLines();

    public static IReadOnlyList<Coverage> Coverages { get; } =
        [.. Repository.Sources.Where(path => path.StartsWith("test/", StringComparison.Ordinal))
                .SelectMany(InSource),
            .. Repository.Files("*.txt").Where(path => path.Contains("/Scripts/", StringComparison.Ordinal))
                .SelectMany(InScript)];

    public static IEnumerable<string> Uncovered =>
        Lines.Select(line => line.Name).Except(Coverages.Select(coverage => coverage.Name));

    public static string Render()
    {
        var text = new StringBuilder(Introduction.ReplaceLineEndings("\n"));
        var byName = Coverages.ToLookup(coverage => coverage.Name);
        foreach (var part in Lines.GroupBy(line => line.Heading))
        {
            text.Append($"\n## {part.Key}\n\n| line | what must hold | held by |\n| --- | --- | --- |\n");
            foreach (var line in part)
            {
                text.Append($"| `{line.Name}` | {Cell(line.Meaning)} | {HeldBy(byName[line.Name])} |\n");
            }
        }

        return text.ToString();
    }

    private static string HeldBy(IEnumerable<Coverage> coverages)
    {
        var all = coverages.ToList();
        if (all.Count == 0)
        {
            return "**nothing yet**";
        }

        var holders = string.Join(", ", all.Select(coverage => coverage.Holder).Distinct());
        var notes = string.Join(' ', all.Select(coverage => coverage.Note).OfType<string>().Distinct());
        return notes.Length == 0 ? holders : $"{holders}. *{Cell(notes)}*";
    }

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);

    private static List<ChecklistLine> ReadLines()
    {
        var lines = new List<ChecklistLine>();
        var heading = "";
        foreach (var text in Repository.Read(LinesFile).Split('\n'))
        {
            if (text.StartsWith("## ", StringComparison.Ordinal))
            {
                heading = text[3..];
            }
            else if (Line().Match(text) is { Success: true } match && !text.StartsWith('#'))
            {
                lines.Add(new ChecklistLine(heading, match.Groups[1].Value, match.Groups[2].Value));
            }
        }

        return lines;
    }

    private static IEnumerable<Coverage> InSource(string path)
    {
        var text = Repository.Read(path);
        if (!text.Contains("Covers(", StringComparison.Ordinal))
        {
            return [];
        }

        var tree = CSharpSyntaxTree.ParseText(text, new CSharpParseOptions(LanguageVersion.Preview));
        return from attribute in tree.GetRoot().DescendantNodes().OfType<AttributeSyntax>()
               where attribute.Name.ToString() == "Covers"
               let method = attribute.FirstAncestorOrSelf<MethodDeclarationSyntax>()
               let type = attribute.FirstAncestorOrSelf<TypeDeclarationSyntax>()
               let holder = $"[{type.Identifier}](../../{path}) `{method.Identifier}`"
               let arguments = attribute.ArgumentList?.Arguments ?? default
               let named = arguments.FirstOrDefault(argument => argument.NameEquals is not null)
               let note = named is null ? null : Text(named)
               from argument in arguments
               where argument.NameEquals is null
               select new Coverage(Text(argument), holder, note);
    }

    // A literal, or several joined by plus.
    private static string Text(AttributeArgumentSyntax argument) => string.Concat(
        argument.Expression.DescendantNodesAndSelf().OfType<LiteralExpressionSyntax>()
            .Select(literal => literal.Token.ValueText));

    private static IEnumerable<Coverage> InScript(string path)
    {
        const string Head = "# covers: ";
        const string Note = "# note: ";
        var lines = Repository.Read(path).Split('\n');
        var noted = lines.FirstOrDefault(line => line.StartsWith(Note, StringComparison.Ordinal));
        var note = noted?[Note.Length..];
        return lines.Where(line => line.StartsWith(Head, StringComparison.Ordinal))
            .Select(line => new Coverage(
                line[Head.Length..].Trim(), $"[{Path.GetFileName(path)}](../../{path})", note));
    }
}
