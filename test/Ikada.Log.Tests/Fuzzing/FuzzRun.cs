using System.Diagnostics;
using System.Globalization;
using Ikada.Primitives;

namespace Ikada.Log.Tests.Fuzzing;

/// <summary>
/// Tries inputs for a while, each drawn from its own seed: IKADA_FUZZ_SEED=N tries that one alone. An input
/// that takes too long, too much memory, or throws what is no answer, fails the run and is named.
/// </summary>
internal sealed class FuzzRun(ITestOutputHelper output, long bytesMax)
{
    private static readonly TimeSpan InputTakesAtMost = TimeSpan.FromSeconds(20);
    private readonly SortedDictionary<string, int> _outcomes = new(StringComparer.Ordinal);
    private long _mostBytes;

    private static bool IsLong => Environment.GetEnvironmentVariable("IKADA_LONG") is { Length: > 0 };

    private static string? OneSeed => Environment.GetEnvironmentVariable("IKADA_FUZZ_SEED");

    /// <summary>Tries one input after the other; each says how it came out.</summary>
    /// <param name="what">What is tried.</param>
    /// <param name="known">Inputs that once failed, tried first.</param>
    /// <param name="input">Draws one and tries it.</param>
    public void Try(string what, ReadOnlySpan<ulong> known, Func<RandomSource, string> input)
    {
        foreach (var once in known)
        {
            TryOne(once, input);
        }

        var first = OneSeed is { Length: > 0 } one ? ulong.Parse(one, CultureInfo.InvariantCulture) : 1;
        var time = IsLong ? TimeSpan.FromSeconds(150) : TimeSpan.FromSeconds(2.5);
        var started = Stopwatch.GetTimestamp();
        var seed = first;
        do
        {
            TryOne(seed, input);
            seed++;
        }
        while (OneSeed is null && Stopwatch.GetElapsedTime(started) < time);

        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        output.WriteLine(
            $"{what}: {seed - first} inputs in {seconds:f1} s, "
                + $"at most {_mostBytes / 1024} KiB allocated for one");
        foreach (var (outcome, count) in _outcomes)
        {
            output.WriteLine($"  {count,8} {outcome}");
        }

        Assert.True(OneSeed is not null || seed - first > 20, $"only {seed - first} inputs");
    }

    private void TryOne(ulong seed, Func<RandomSource, string> input)
    {
        var started = Stopwatch.GetTimestamp();
        var before = GC.GetAllocatedBytesForCurrentThread();
        string outcome;
        try
        {
            outcome = input(new RandomSource(seed));
        }
        catch (LogOpenException refused)
        {
            outcome = "refused: " + refused.GetType().Name;
        }
        catch (Exception failure)
        {
            throw new InvalidOperationException($"IKADA_FUZZ_SEED={seed}: {failure.Message}", failure);
        }

        var taken = GC.GetAllocatedBytesForCurrentThread() - before;
        _mostBytes = Math.Max(_mostBytes, taken);
        Assert.True(taken <= bytesMax, $"IKADA_FUZZ_SEED={seed}: {taken} bytes allocated, {outcome}");
        Assert.True(
            Stopwatch.GetElapsedTime(started) < InputTakesAtMost, $"IKADA_FUZZ_SEED={seed}: takes too long");
        _outcomes[outcome] = _outcomes.GetValueOrDefault(outcome) + 1;
    }
}
