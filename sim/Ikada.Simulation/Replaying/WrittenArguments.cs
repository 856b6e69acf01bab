using System.Globalization;

namespace Ikada.Simulation.Replaying;

/// <summary>Reads the options of a run as <see cref="SimulationOptions.Arguments"/> writes them.</summary>
internal static class WrittenArguments
{
    /// <summary>Returns what is wrong; null: <paramref name="options"/> are those written.</summary>
    public static string? Read(string text, out SimulationOptions options)
    {
        options = new SimulationOptions();
        var arguments = new SimArguments();
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        for (var at = 0; at < words.Length; at += 2)
        {
            if (at + 1 == words.Length)
            {
                return $"{words[at]} has no value";
            }

            if (Take(arguments, words[at], words[at + 1]) is not { } more)
            {
                return $"'{words[at]} {words[at + 1]}' is no option of a recorded run";
            }

            arguments = more;
        }

        return arguments.Read(out options, out _);
    }

    private static SimArguments? Take(SimArguments arguments, string name, string value) => name switch
    {
        "--seed" when ulong.TryParse(
            value, NumberStyles.None, CultureInfo.InvariantCulture, out var seed) =>
            arguments with { Seed = seed },
        "--nodes" => arguments with { Nodes = value },
        "--seconds" when TryNumber(value, out var seconds) => arguments with { Seconds = seconds },
        "--faults" => arguments with { Faults = value },
        "--only" => arguments with { Only = value },
        "--skip" => arguments with { Skip = value },
        "--clients" when TryNumber(value, out var clients) => arguments with { Clients = clients },
        "--keys" when TryNumber(value, out var keys) => arguments with { Keys = keys },
        "--sleep" => arguments with { Sleep = value },
        "--workload" => arguments with { Workload = value },
        "--ask" => arguments with { Ask = value },
        "--frames" => arguments with { Frames = value },
        _ => null,
    };

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
