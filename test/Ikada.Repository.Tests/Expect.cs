namespace Ikada.Repository.Tests;

internal static class Expect
{
    /// <summary>Fails with one line per violation.</summary>
    public static void None(IEnumerable<string> violations)
    {
        var found = violations.ToList();
        Assert.True(found.Count == 0, $"{found.Count} found:\n  {string.Join("\n  ", found)}");
    }
}
