using System.Text.Json;

namespace Ikada.Bench.Reporting;

/// <summary>Puts what was measured where the next reader finds it.</summary>
internal static class ResultFiles
{
    public static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
    };

    public static void Write(string directory, string name, string markdown, string json)
    {
        Directory.CreateDirectory(directory);
        File.WriteAllText(Path.Combine(directory, name + ".md"), $"# {name}\n\n{markdown}");
        File.WriteAllText(Path.Combine(directory, name + ".json"), json + "\n");
        Console.Out.Write(markdown);
        Console.Error.WriteLine($"written: {Path.Combine(directory, name)}.md and .json");
    }
}
