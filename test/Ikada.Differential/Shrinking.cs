using System.Diagnostics;

namespace Ikada.Differential;

/// <summary>Leaves out steps, ever fewer at a time, as long as the servers still differ.</summary>
internal sealed class Shrinking(RunOptions options, Func<IReadOnlyList<Step>, Task<string?>> compare)
{
    private const int ShownMax = 40;

    /// <summary>Prints the shortest sequence found in time, and how its last request is answered.</summary>
    public async Task ReportAsync(IReadOnlyList<Step> failed)
    {
        var clock = Stopwatch.StartNew();
        var (steps, difference) = (failed, (string?)null);
        for (var piece = Math.Max(1, steps.Count / 2); clock.Elapsed < options.ShrinkTime;)
        {
            var shorter = await WithoutOnePieceAsync(steps, piece, clock);
            if (shorter is { } found)
            {
                (steps, difference) = found;
                piece = Math.Min(piece, Math.Max(1, steps.Count / 2));
            }
            else if (piece == 1)
            {
                break;
            }
            else
            {
                piece /= 2;
            }
        }

        Console.WriteLine($"shrunk to {steps.Count} requests:");
        foreach (var step in steps.TakeLast(ShownMax))
        {
            Console.WriteLine($"  {step}");
        }

        Console.WriteLine(difference ?? "(no shorter sequence shows it)");
    }

    private async Task<(IReadOnlyList<Step> Steps, string Difference)?> WithoutOnePieceAsync(
        IReadOnlyList<Step> steps, int piece, Stopwatch clock)
    {
        // The last step is the one that differs: it stays.
        for (var at = 0; at < steps.Count - 1 && clock.Elapsed < options.ShrinkTime; at += piece)
        {
            var count = Math.Min(piece, steps.Count - 1 - at);
            Step[] kept = [.. steps.Take(at), .. steps.Skip(at + count)];
            if (await compare(kept) is { } difference)
            {
                return (kept, difference);
            }
        }

        return null;
    }
}
