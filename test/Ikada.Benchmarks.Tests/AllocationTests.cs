using System.Text.Json;

namespace Ikada.Benchmarks.Tests;

/// <summary>Bytes allocated for an operation of each hot path, against bench/allocations.json. They are
/// nearly the same on every machine: that is what a check can hold; nanoseconds are for people to
/// read.</summary>
public sealed class AllocationTests
{
    private const int Operations = 1024;
    private const int Rounds = 3;

    // What the platform's own patches move, and a buffer that grows among so many operations.
    private const double Tolerance = 1.05;
    private const double ToleratedBytes = 2;

    // How many requests share a wake-up, a write and a batch is chance where there are threads.
    private const double ThreadsTolerance = 1.3;

    private static readonly Dictionary<string, double> Pinned =
        JsonSerializer.Deserialize<Dictionary<string, double>>(
            File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "allocations.json")))!;

    public static TheoryData<string> Names => [.. HotPath.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_hot_path_allocates_no_more_than_is_pinned(string name)
    {
        using var path = HotPath.All[name]();
        path.Run(Operations);
        // The least of the rounds: what grows once, or is made anew by chance, is no cost of an operation.
        var least = Enumerable.Range(0, Rounds).Min(_ => BytesOf(path));
        var pinned = Pinned[name];
        var limit = pinned * (path.HasThreads ? ThreadsTolerance : Tolerance) + ToleratedBytes;
        Assert.True(
            least <= limit,
            $"'{name}' allocates {least:F1} bytes an operation, pinned are {pinned:F1}: find out why, or, if "
                + "it has to be, raise it in bench/allocations.json");
        TestContext.Current.TestOutputHelper!.WriteLine($"{name}: {least:F1}");
    }

    [Fact]
    public void What_is_pinned_is_a_hot_path_each() =>
        Assert.Equal(HotPath.All.Keys.Order(), Pinned.Keys.Order());

    private static double BytesOf(HotPath path)
    {
        var before = Allocated(path);
        path.Run(Operations);
        return (Allocated(path) - before) / (double)Operations;
    }

    private static long Allocated(HotPath path) => path.HasThreads
        ? GC.GetTotalAllocatedBytes(precise: true) : GC.GetAllocatedBytesForCurrentThread();
}
