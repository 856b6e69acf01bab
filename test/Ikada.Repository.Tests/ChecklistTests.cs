namespace Ikada.Repository.Tests;

public class ChecklistTests
{
    /// <summary>With IKADA_REWRITE=1, as ./fix --checklist sets it, the document is written anew.</summary>
    [Fact]
    public void The_checklist_is_what_would_be_generated()
    {
        var wanted = Checklist.Render();
        var path = Path.Combine(Repository.Root, Checklist.Document);
        if (Environment.GetEnvironmentVariable("IKADA_REWRITE") == "1")
        {
            File.WriteAllText(path, wanted);
        }

        Assert.True(
            File.Exists(path) && File.ReadAllText(path) == wanted,
            $"{Checklist.Document} is not up to date: run ./fix --checklist");
    }

    [Fact]
    public void Every_name_that_a_test_covers_is_a_line_of_the_checklist() =>
        Expect.None(
            from coverage in Checklist.Coverages
            where Checklist.Lines.All(line => line.Name != coverage.Name)
            select $"{coverage.Holder} covers '{coverage.Name}', which is no line");

    [Fact]
    public void Every_line_of_the_checklist_is_covered() => Expect.None(Checklist.Uncovered);

    [Fact]
    public void Every_line_has_a_name_of_its_own() =>
        Expect.None(
            from line in Checklist.Lines
            group line by line.Name into same
            where same.Count() > 1
            select same.Key);
}
