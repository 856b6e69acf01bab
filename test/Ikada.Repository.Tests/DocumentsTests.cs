using System.Text.RegularExpressions;

namespace Ikada.Repository.Tests;

public partial class DocumentsTests
{
    private static readonly string[] Manuals = ["README.md", "CONTRIBUTING.md"];

    [Fact]
    public void Every_link_between_documents_leads_somewhere() =>
        Expect.None(
            from document in Repository.Documents
            from target in LinksIn(Repository.Read(document))
            where !Resolves(document, target)
            select $"{document} links to {target}");

    [Fact]
    public void Every_decision_is_listed_in_the_index()
    {
        var index = Repository.Read("docs/decisions/README.md");
        Expect.None(Repository.Documents
            .Where(path => Regex.IsMatch(path, @"^docs/decisions/\d{4}-"))
            .Where(path => !index.Contains($"({Path.GetFileName(path)})", StringComparison.Ordinal))
            .Select(path => $"{path} is not in docs/decisions/README.md"));
    }

    [Fact]
    public void Every_script_a_manual_calls_is_there() =>
        Expect.None(
            from manual in Manuals
            from command in Repository.CommandsIn(manual)
            from Match script in LocalScript().Matches(command)
            where !File.Exists(Path.Combine(Repository.Root, script.Groups[1].Value))
            select $"{manual} calls ./{script.Groups[1].Value}");

    [Fact]
    public void A_manual_shows_commands() =>
        Expect.None(Manuals.Where(manual => !Repository.CommandsIn(manual).Any())
            .Select(manual => $"{manual} shows no command"));

    [GeneratedRegex(@"(?<!\w)\./([\w./-]+)")]
    private static partial Regex LocalScript();

    [GeneratedRegex(@"\]\(([^)\s]+)\)|(?:src|srcset|href)=""([^""]+)""")]
    private static partial Regex Link();

    private static IEnumerable<string> LinksIn(string text) =>
        from Match match in Link().Matches(text)
        select match.Groups[1].Success ? match.Groups[1].Value : match.Groups[2].Value;

    private static bool Resolves(string document, string target)
    {
        if (target.Contains("://", StringComparison.Ordinal) || target.StartsWith('#'))
        {
            return true;
        }

        var folder = Path.GetDirectoryName(Path.Combine(Repository.Root, document))!;
        var path = Path.Combine(folder, target.Split('#')[0]);
        return File.Exists(path) || Directory.Exists(path);
    }
}
