using System.Globalization;

namespace Ikada.Bench.Budgeting;

/// <summary>What threads of one name have used.</summary>
/// <param name="Microseconds">Of a processor.</param>
/// <param name="Switches">How often one was switched out, since it waited or since its time was up.</param>
internal readonly record struct ThreadUse(double Microseconds, double Switches)
{
    public static ThreadUse operator +(ThreadUse one, ThreadUse other) =>
        new(one.Microseconds + other.Microseconds, one.Switches + other.Switches);
}

/// <summary>What the threads of a process have used so far, by their names; of /proc.</summary>
internal static class ThreadTimes
{
    private static readonly char[] Numbering = [.. "0123456789-:/"];

    /// <summary>By the number of the thread.</summary>
    public static Dictionary<int, (string Name, ThreadUse Use)> Of(int process)
    {
        var all = new Dictionary<int, (string, ThreadUse)>();
        foreach (var directory in Directory.EnumerateDirectories($"/proc/{process}/task"))
        {
            try
            {
                var name = File.ReadAllText(Path.Combine(directory, "comm")).Trim();
                var times = File.ReadAllText(Path.Combine(directory, "schedstat")).Split(' ');
                var switches = File.ReadLines(Path.Combine(directory, "status"))
                    .Where(line => line.Contains("_ctxt_switches:", StringComparison.Ordinal))
                    .Sum(line => Number(line[(line.IndexOf(':') + 1)..]));
                all[(int)Number(Path.GetFileName(directory))] =
                    (GroupOf(name), new ThreadUse(Number(times[0]) / 1e3, switches));
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                // A thread that ended as it was looked at: what it used is not known.
                continue;
            }
        }

        return all;
    }

    /// <summary>What each group of threads has used in between; one that has ended in between is left
    /// out.</summary>
    public static Dictionary<string, ThreadUse> Between(
        Dictionary<int, (string Name, ThreadUse Use)> before,
        Dictionary<int, (string Name, ThreadUse Use)> after)
    {
        var groups = new Dictionary<string, ThreadUse>();
        foreach (var (thread, (name, use)) in after)
        {
            var first = before.TryGetValue(thread, out var old) ? old.Use : default;
            groups[name] = groups.GetValueOrDefault(name)
                + new ThreadUse(use.Microseconds - first.Microseconds, use.Switches - first.Switches);
        }

        return groups;
    }

    // Threads that differ by a number are one group.
    private static string GroupOf(string name) => name.TrimEnd(Numbering).TrimEnd();

    private static long Number(string text) => long.Parse(text.Trim(), CultureInfo.InvariantCulture);
}
