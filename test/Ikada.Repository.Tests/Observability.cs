using System.Text;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ikada.Repository.Tests;

/// <summary>What the library logs and measures, read from its sources.</summary>
internal static class Observability
{
    public const string Document = "docs/library/observability.md";

    private const string LogMark = "<!-- log events, by ./fix --observability -->\n";
    private const string MeterMark = "<!-- instruments, by ./fix --observability -->\n";
    private const string EndMark = "<!-- end -->\n";

    public sealed record LogEvent(int Id, string Level, string Message, string Method, string File);

    public sealed record Instrument(string Name, string Kind, string Unit, string Description);

    public static IReadOnlyList<LogEvent> LogEvents { get; } =
        [.. Nodes<MethodDeclarationSyntax>().SelectMany(EventsOf).OrderBy(one => one.Id)];

    public static IReadOnlyList<Instrument> Instruments { get; } =
    [
        .. Nodes<InvocationExpressionSyntax>().SelectMany(one => InstrumentsOf(one.Node))
            .OrderBy(one => one.Name, StringComparer.Ordinal),
    ];

    /// <summary>The document with its tables written anew; the text around them stays.</summary>
    public static string Render() => Replace(
        Replace(Repository.Read(Document), LogMark, LogTable()), MeterMark, MeterTable());

    private static string LogTable()
    {
        var table = new StringBuilder("| id | level | message |\n| --- | --- | --- |\n");
        foreach (var one in LogEvents)
        {
            table.Append(null, $"| {one.Id} | {one.Level} | {one.Message} |\n");
        }

        return table.ToString();
    }

    private static string MeterTable()
    {
        var table = new StringBuilder("| instrument | kind | unit | what |\n| --- | --- | --- | --- |\n");
        foreach (var one in Instruments)
        {
            table.Append(null, $"| `{one.Name}` | {one.Kind} | `{one.Unit}` | {one.Description} |\n");
        }

        return table.ToString();
    }

    private static string Replace(string text, string mark, string table)
    {
        var start = text.IndexOf(mark, StringComparison.Ordinal) + mark.Length;
        var end = text.IndexOf(EndMark, start, StringComparison.Ordinal);
        return text[..start] + table + text[end..];
    }

    private static IEnumerable<(string File, T Node)> Nodes<T>() =>
        from path in Repository.Sources
        where path.StartsWith("src/", StringComparison.Ordinal)
        from node in CSharpSyntaxTree.ParseText(Repository.Read(path)).GetRoot().DescendantNodes().OfType<T>()
        select (path, node);

    private static IEnumerable<LogEvent> EventsOf((string File, MethodDeclarationSyntax Method) found) =>
        from attribute in found.Method.AttributeLists.SelectMany(list => list.Attributes)
        where attribute.Name.ToString() == "LoggerMessage"
        let arguments = attribute.ArgumentList!.Arguments
        let level = (MemberAccessExpressionSyntax)arguments[1].Expression
        select new LogEvent(
            int.Parse(Text(arguments[0].Expression), null), level.Name.ToString(),
            Text(arguments[2].Expression), found.Method.Identifier.Text, found.File);

    // Made by a meter itself, or by a local function over one: name, unit and description are texts.
    private static IEnumerable<Instrument> InstrumentsOf(InvocationExpressionSyntax call)
    {
        var texts = call.ArgumentList.Arguments.Select(argument => argument.Expression)
            .Where(value => value is LiteralExpressionSyntax or BinaryExpressionSyntax)
            .Select(Text)
            .ToList();
        if (texts is [{ } name, { } unit, { } description]
            && name.StartsWith("ikada.", StringComparison.Ordinal))
        {
            var method = call.Expression.ToString();
            var kind = method.Contains("Histogram", StringComparison.Ordinal) ? "histogram"
                : method.Contains("Gauge", StringComparison.Ordinal) ? "gauge" : "counter";
            yield return new Instrument(name, kind, unit, description);
        }
    }

    private static string Text(ExpressionSyntax expression) => expression switch
    {
        LiteralExpressionSyntax literal => literal.Token.ValueText,
        BinaryExpressionSyntax sum => Text(sum.Left) + Text(sum.Right),
        _ => string.Empty,
    };
}
