using Ikada.Testing.Clusters;
using Ikada.Testing.Scripts;

namespace Ikada.Consensus.Tests.Scripts;

/// <summary>One test for each case of each script: ours, and those of the folders that IKADA_SCRIPTS names.
/// </summary>
public class ScriptTests
{
    private static readonly string Own =
        Path.Combine(ScriptFolders.RepositoryRoot(), "test", "Ikada.Consensus.Tests", "Scripts");

    // A script carries state from case to case, so it runs once, as a whole.
    private static readonly Dictionary<string, IReadOnlyList<ScriptOutcome>> Runs = [];

    public static TheoryData<string, int> Cases()
    {
        var cases = new TheoryData<string, int>();
        foreach (var folder in ScriptFolders.Foreign.Prepend(Own))
        {
            foreach (var path in ScriptFolders.ScriptsBelow(folder))
            {
                foreach (var step in Script.Read(path).Cases)
                {
                    var name = $"{Path.GetRelativePath(folder, path)}:{step.Line}: {step.Directive}";
                    cases.Add(new TheoryDataRow<string, int>(path, step.Line) { TestDisplayName = name });
                }
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_case_answers_what_its_script_expects(string path, int line)
    {
        var outcome = OutcomesOf(path).Single(outcome => outcome.Case.Line == line);
        if (outcome.Failure is { } failure)
        {
            Assert.Fail(failure);
        }
    }

    [Fact]
    public void The_folders_of_foreign_scripts_hold_scripts()
    {
        string[] faults = [.. ScriptFolders.Foreign.Select(ScriptFolders.Fault).OfType<string>()];
        Assert.True(faults.Length == 0, string.Join('\n', faults));
    }

    [Fact]
    public void Our_own_scripts_are_found() =>
        Assert.True(ScriptFolders.ScriptsBelow(Own).Count() > 3, $"few or no scripts in {Own}");

    private static IReadOnlyList<ScriptOutcome> OutcomesOf(string path)
    {
        lock (Runs)
        {
            if (!Runs.TryGetValue(path, out var outcomes))
            {
                var script = Script.Read(path);
                outcomes = Run(script);
                if (ScriptFolders.Rewrites && path.StartsWith(Own, StringComparison.Ordinal))
                {
                    File.WriteAllText(path, ScriptRewriter.Rewrite(script, outcomes));
                }

                Runs.Add(path, outcomes);
            }

            return outcomes;
        }
    }

    private static IReadOnlyList<ScriptOutcome> Run(Script script) =>
        ScriptRun.Of(script, new QuorumCommands(), new MembershipCommands(), new ClusterCommands());
}
