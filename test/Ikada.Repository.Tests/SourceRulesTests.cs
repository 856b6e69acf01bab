using System.Text.RegularExpressions;

namespace Ikada.Repository.Tests;

public class SourceRulesTests
{
    // Split, so that this file does not hold the words it looks for.
    private static readonly string[] LeftoverWords = ["TO" + "DO", "FIX" + "ME", "HA" + "CK", "XX" + "X"];

    [Fact]
    public void Every_source_file_keeps_the_rules() =>
        Expect.None(
            from path in Repository.Sources
            from violation in SourceRules.Violations(path, Repository.Read(path))
            select violation);

    [Fact]
    public void No_file_holds_a_leftover()
    {
        string[] patterns =
            ["*.cs", "*.csproj", "*.props", "*.targets", "*.proto", "*.md", "*.txt", "*.patch"];
        var files = patterns.SelectMany(Repository.Files).Concat(Repository.Scripts);
        Expect.None(
            from path in files
            from word in LeftoverWords
            where Regex.IsMatch(Repository.Read(path), $@"\b{word}\b")
            select $"{path} holds {word}");
    }

    [Fact]
    public void No_file_holds_a_conflict_of_a_merge()
    {
        string[] marks = [new string('<', 7) + " ", new string('>', 7) + " "];
        Expect.None(
            from path in Repository.Files("*").Where(path => new FileInfo(path).Extension is not ".png")
            let text = Repository.Read(path)
            where marks.Any(mark => text.StartsWith(mark, StringComparison.Ordinal)
                || text.Contains("\n" + mark, StringComparison.Ordinal))
            select path);
    }

    [Fact]
    public void Scripts_keep_the_columns() =>
        Expect.None(
            from path in Repository.Scripts
            from line in Repository.Read(path).Split('\n')
            where line.Length > SourceRules.ColumnsMax
            select $"{path}: {line}");

    [Theory]
    [InlineData("catch", "class C { void M() { try { M(); } catch { } } }")]
    [InlineData("async void", "class C { async void M() => await N(); }")]
    [InlineData("not implemented", "class C { void M() => throw new NotImplementedException(); }")]
    [InlineData("fsync", "class C { void M() => System.IO.RandomAccess.FlushToDisk(h); }")]
    [InlineData("skipped", "class C { [Fact(Skip = \"later\")] public void M() { } }")]
    [InlineData("skipped", "class C { [Fact] public void M() => Assert.SkipWhen(true, \"later\"); }")]
    [InlineData("region", "#region r\nclass C;\n#endregion\n")]
    [InlineData("without a reason", "#pragma warning disable CA1000\nclass C;\n")]
    public void A_rule_finds_its_violation(string expected, string text)
    {
        var violation = Assert.Single(SourceRules.Violations("C.cs", text));
        Assert.Contains(expected, violation, StringComparison.Ordinal);
    }

    [Fact]
    public void A_clean_file_passes() =>
        Assert.Empty(SourceRules.Violations("C.cs",
            "#pragma warning disable CA1000 // why\n"
            + "class C { void M() { try { M(); } catch { throw; } } }\n"));

    [Theory]
    [InlineData(SourceRules.MethodLinesMax, 0)]
    [InlineData(SourceRules.MethodLinesMax + 1, 1)]
    public void A_method_has_at_most_so_many_lines(int lines, int violations)
    {
        var body = string.Concat(Enumerable.Repeat("        M();\n", lines - 3));
        var text = $"class C\n{{\n    void M()\n    {{\n{body}    }}\n}}\n";
        Assert.Equal(violations, SourceRules.Violations("C.cs", text).Count());
    }

    [Theory]
    [InlineData(SourceRules.FileLinesMax, 0)]
    [InlineData(SourceRules.FileLinesMax + 1, 1)]
    public void A_file_has_at_most_so_many_lines(int lines, int violations) =>
        Assert.Equal(violations, SourceRules.Violations("C.cs", new string('\n', lines)).Count());

    [Theory]
    [InlineData(SourceRules.ColumnsMax, 0)]
    [InlineData(SourceRules.ColumnsMax + 1, 1)]
    public void A_line_has_at_most_so_many_columns(int columns, int violations) =>
        Assert.Equal(violations, SourceRules.Violations("C.cs", "//" + new string('-', columns - 2)).Count());
}
