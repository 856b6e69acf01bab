using System.Diagnostics;
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

    [Fact]
    public void Every_ikada_command_of_a_manual_is_one_the_program_knows() =>
        Expect.None(
            from manual in Manuals
            from command in Repository.CommandsIn(manual)
            let words = command.Split('#')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries)
            where words is ["./ikada", ..]
            let help = Help(words[1])
            from word in words.Skip(1)
            where word.StartsWith("--", StringComparison.Ordinal) || word == words[1]
            where !help.Contains(word, StringComparison.Ordinal)
            select $"{manual}: ikada {words[1]} --help does not know {word}");

    [Fact]
    public void The_program_in_the_readme_is_the_sample() =>
        Assert.Contains(
            $"```csharp\n{Repository.Read("samples/Counter/Program.cs")}```\n",
            Repository.Read("README.md"),
            StringComparison.Ordinal);

    private static string Help(string verb)
    {
        var program = Repository.AssemblyOf("app/Ikada.Cli/Ikada.Cli.csproj");
        var start =
            new ProcessStartInfo("dotnet", [program, verb, "--help"]) { RedirectStandardOutput = true };
        using var ikada = Process.Start(start)!;
        var output = ikada.StandardOutput.ReadToEnd();
        ikada.WaitForExit();
        return ikada.ExitCode == 0 ? output : "";
    }

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
