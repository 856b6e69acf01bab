namespace Ikada.Repository.Tests;

public class ObservabilityTests
{
    /// <summary>With IKADA_REWRITE=1, as ./fix --observability sets it, its tables are written anew.</summary>
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
    public void Every_instrument_has_a_name_of_ours_a_unit_and_a_description() =>
        Expect.None(
            from one in Observability.Instruments
            where !one.Name.StartsWith("ikada.", StringComparison.Ordinal)
                || one.Unit.Length == 0 || one.Description.Length == 0
            select one.ToString());

    [Fact]
    public void Log_events_and_instruments_were_found()
    {
        Assert.Contains(Observability.LogEvents, one => one.Id == 103);
        Assert.Contains(Observability.Instruments, one => one.Name == "ikada.commit.index");
    }
}
