using System.Diagnostics;

namespace Ikada.Repository.Tests;

/// <summary>The deliberate bugs of test/mutants, which ./mutants puts in one at a time.</summary>
public class MutantsTests
{
    private static IEnumerable<string> Patches => Repository.Files("*.patch");

    [Fact]
    public void There_are_mutants() => Assert.NotEmpty(Patches);

    [Fact]
    public void Every_mutant_says_on_its_first_line_why_it_is_a_bug() =>
        Expect.None(
            from patch in Patches
            let first = Repository.Read(patch).Split('\n')[0]
            where first.Length < 20 || first.StartsWith("---", StringComparison.Ordinal)
                || !first.EndsWith('.')
            select $"{patch} begins with '{first}'");

    [Fact]
    public void Every_mutant_changes_only_the_library() =>
        Expect.None(
            from patch in Patches
            from line in Repository.Read(patch).Split('\n')
            where line.StartsWith("+++ ", StringComparison.Ordinal)
            where !line.StartsWith("+++ b/src/", StringComparison.Ordinal)
            select $"{patch} changes {line}");

    [Fact]
    public void Every_mutant_still_applies() => Expect.None(Patches.Select(Check).OfType<string>());

    private static string? Check(string patch)
    {
        var start = new ProcessStartInfo("git", ["apply", "--check", patch])
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardError = true,
        };
        using var git = Process.Start(start)!;
        var errors = git.StandardError.ReadToEnd();
        git.WaitForExit();
        return git.ExitCode == 0 ? null : $"{patch}: {errors.Trim()}";
    }
}
