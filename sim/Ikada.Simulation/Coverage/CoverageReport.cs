using System.Text;
using Ikada.Simulation.Disk;
using Ikada.Simulation.Faults;

namespace Ikada.Simulation.Coverage;

/// <summary>What runs came by of all that a long run must come by, and the document that says what that
/// is.</summary>
public static class CoverageReport
{
    private const string Introduction = """
        # What the simulator injects of FAULTS.md

        Made from `Coverage/FaultTable.cs` by `./fix --coverage`; a test fails when it is not up to date.
        *now*: injected, by the code named. *later*: comes with the part that it needs. A fault counts when it
        has fired: `ikada sim --require-coverage`, as `./check --long sim` runs it, fails when a kind, a mark,
        a named point of a crash or a rare branch below was never come by.

        """;

    /// <summary>How many things a long run must come by.</summary>
    public static int Required =>
        FaultSet.KindCount + Enum.GetValues<Mark>().Length + CrashPoints.All.Count + Branch.All.Count;

    /// <summary>What never fired in runs of these numbers, by name.</summary>
    public static IReadOnlyList<string> NeverFired(RunCounts counts)
    {
        ArgumentNullException.ThrowIfNull(counts);
        var missing = new List<string>();
        for (var kind = (FaultKind)0; (int)kind < FaultSet.KindCount; kind++)
        {
            AddIf(counts.FaultsOf(kind) == 0, $"fault {FaultSet.NameOf(kind)}");
        }

        foreach (var mark in Enum.GetValues<Mark>())
        {
            AddIf(counts.MarksOf(mark) == 0, $"mark \"{NameOf(mark)}\"");
        }

        foreach (var point in CrashPoints.All)
        {
            AddIf(counts.CrashesAt(point) == 0, $"crash at \"{point}\"");
        }

        foreach (var branch in Branch.All)
        {
            AddIf(branch.Count(counts) == 0, $"branch \"{branch.Name}\"");
        }

        return missing;

        void AddIf(bool never, string name)
        {
            if (never)
            {
                missing.Add(name);
            }
        }
    }

    /// <summary>The document docs/simulation/coverage.md.</summary>
    public static string Document()
    {
        var text = new StringBuilder(Introduction);
        text.Append("\n| fault | state | must fire | code, or the part it waits for |\n")
            .Append("| --- | --- | --- | --- |\n");
        foreach (var row in FaultTable.Rows)
        {
            text.Append("| ").Append(row.Fault).Append(" | ").Append(row.State).Append(" | ")
                .Append(MustFire(row)).Append(" | ")
                .AppendJoin("; ", Parts(row)).Append(" |\n");
        }

        text.Append("\n## Rare branches\n\n");
        foreach (var branch in Branch.All)
        {
            text.Append("- ").Append(branch.Name).Append('\n');
        }

        text.Append("\n## Named points of a crash\n\n")
            .Append("The power goes, or the process is killed, before the call, after it, and, where "
                + "it takes a\nwhile, in its middle.\n\n");
        foreach (var site in CrashPoints.Sites)
        {
            text.Append("- ").Append(site).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>The name of a mark: its words.</summary>
    internal static string NameOf(Mark mark)
    {
        var name = new StringBuilder();
        foreach (var letter in mark.ToString())
        {
            if (char.IsUpper(letter) && name.Length > 0)
            {
                name.Append(' ');
            }

            name.Append(char.ToLowerInvariant(letter));
        }

        return name.ToString();
    }

    private static IEnumerable<string> Parts(FaultRow row)
    {
        if (row.Code.Length > 0)
        {
            yield return row.Code;
        }

        if (row.Later.Length > 0)
        {
            yield return $"later: {row.Later}";
        }
    }

    private static string MustFire(FaultRow row)
    {
        var parts = new List<string>();
        foreach (var kind in row.Kinds)
        {
            parts.Add($"`{FaultSet.NameOf(kind)}`");
        }

        foreach (var mark in row.Marks)
        {
            parts.Add(NameOf(mark));
        }

        if (row.HasPoints)
        {
            parts.Add($"{CrashPoints.All.Count} named points");
        }

        return string.Join(", ", parts);
    }
}
