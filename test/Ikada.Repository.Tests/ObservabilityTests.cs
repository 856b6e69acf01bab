using System.Text.RegularExpressions;

namespace Ikada.Repository.Tests;

public class ObservabilityTests
{
    /// <summary>With IKADA_REWRITE=1, as ./fix --observability sets it, its tables are made anew.</summary>
    [Fact]
    public void The_document_lists_every_log_event_and_every_instrument()
    {
        var wanted = Observability.Render();
        if (Environment.GetEnvironmentVariable("IKADA_REWRITE") == "1")
        {
            File.WriteAllText(Path.Combine(Repository.Root, Observability.Document), wanted);
        }

        Assert.True(
            Repository.Read(Observability.Document) == wanted,
            $"{Observability.Document} is not up to date: run ./fix --observability");
    }

    [Fact]
    public void Every_log_event_has_an_id_of_its_own() =>
        Expect.None(
            from one in Observability.LogEvents
            group one by one.Id into same
            where same.Count() > 1
            select $"{same.Key}: {string.Join(", ", same.Select(one => $"{one.Method} in {one.File}"))}");

    [Fact]
    public void Every_instrument_is_told_with_name_unit_and_description()
    {
        // Each name of ours that a source file holds is in the list: none is made in a way not looked for.
        var known = Observability.Instruments.Select(one => one.Name).ToHashSet();
        Expect.None(
            from path in Repository.Sources
            where path.StartsWith("src/", StringComparison.Ordinal)
                && path.EndsWith("Metrics.cs", StringComparison.Ordinal)
            from Match match in Regex.Matches(Repository.Read(path), @"""(ikada\.[\w.]+)""")
            where !known.Contains(match.Groups[1].Value)
            select $"{path} has {match.Groups[1].Value}, which needs a unit and a description as literals");
    }

    [Fact]
    public void Log_events_and_instruments_were_found()
    {
        Assert.Contains(Observability.LogEvents, one => one.Id == 103);
        Assert.Contains(Observability.Instruments, one => one.Name == "ikada.commit.index");
    }
}
