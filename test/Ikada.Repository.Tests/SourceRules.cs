using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ikada.Repository.Tests;

/// <summary>What every C# file keeps to, found by a walk over its syntax tree.</summary>
internal static class SourceRules
{
    public const int MethodLinesMax = 60;
    public const int FileLinesMax = 400;
    public const int ColumnsMax = 110;

    public static IEnumerable<string> Violations(string path, string text)
    {
        var lines = text.Split('\n');
        if (lines.Length - 1 > FileLinesMax)
        {
            yield return $"{path}: {lines.Length - 1} lines, at most {FileLinesMax}";
        }

        for (var line = 0; line < lines.Length; line++)
        {
            if (lines[line].Length > ColumnsMax)
            {
                yield return $"{path}:{line + 1}: {lines[line].Length} columns, at most {ColumnsMax}";
            }
        }

        var tree = CSharpSyntaxTree.ParseText(text, new CSharpParseOptions(LanguageVersion.Preview));
        foreach (var node in tree.GetRoot().DescendantNodes(descendIntoTrivia: true))
        {
            if (Violation(node) is { } violation)
            {
                yield return $"{path}:{FirstLine(node)}: {violation}";
            }
        }
    }

    // In two pieces, so that this file does not hold the word it looks for.
    private const string Unfinished = "NotImplemented" + "Exception";

    private static string? Violation(SyntaxNode node) => node switch
    {
        MethodDeclarationSyntax method when IsAsyncVoid(method.Modifiers, method.ReturnType) =>
            $"{method.Identifier} is async void: its exceptions kill the process",
        BaseMethodDeclarationSyntax or AccessorDeclarationSyntax or LocalFunctionStatementSyntax
            when Lines(node) > MethodLinesMax => $"a method of {Lines(node)} lines, at most {MethodLinesMax}",
        CatchClauseSyntax { Block.Statements.Count: 0 } => "an empty catch",
        IdentifierNameSyntax { Identifier.Text: Unfinished } => "something is not implemented",
        IdentifierNameSyntax { Identifier.Text: "FlushToDisk" } => "FlushToDisk loses the error of fsync",
        AttributeArgumentSyntax { NameEquals.Name.Identifier.Text: "Skip" or "Explicit" } => "a skipped test",
        MemberAccessExpressionSyntax
        {
            Expression: IdentifierNameSyntax { Identifier.Text: "Assert" },
            Name.Identifier.Text: "Skip" or "SkipWhen" or "SkipUnless",
        } => "a skipped test",
        RegionDirectiveTriviaSyntax => "a #region",
        PragmaWarningDirectiveTriviaSyntax pragma when SwitchesOffWithoutReason(pragma) =>
            "a warning switched off without a reason behind it on the line",
        _ => null,
    };

    private static bool IsAsyncVoid(SyntaxTokenList modifiers, TypeSyntax type) =>
        modifiers.Any(SyntaxKind.AsyncKeyword)
        && type is PredefinedTypeSyntax { Keyword.RawKind: (int)SyntaxKind.VoidKeyword };

    private static bool SwitchesOffWithoutReason(PragmaWarningDirectiveTriviaSyntax pragma) =>
        pragma.DisableOrRestoreKeyword.IsKind(SyntaxKind.DisableKeyword)
        && !pragma.ToFullString().Contains("//", StringComparison.Ordinal);

    private static int Lines(SyntaxNode node)
    {
        var span = node.GetLocation().GetLineSpan();
        return span.EndLinePosition.Line - span.StartLinePosition.Line + 1;
    }

    private static int FirstLine(SyntaxNode node) =>
        node.GetLocation().GetLineSpan().StartLinePosition.Line + 1;
}
