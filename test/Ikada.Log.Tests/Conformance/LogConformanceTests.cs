using Ikada.Node.Disk;
using Ikada.Simulation.Disk;
using Ikada.Testing.Logs;

namespace Ikada.Log.Tests.Conformance;

/// <summary>The suite for any log, over the simulated disk and over real files.</summary>
public sealed class LogConformanceTests(ITestOutputHelper output) : IDisposable
{
    private readonly string _directory =
        Path.Combine(Path.GetTempPath(), "ikada-conformance-" + Guid.NewGuid().ToString("n"));

    public static TheoryData<string> Cases => [.. LogConformance.Cases.Keys];

    public void Dispose()
    {
        if (Directory.Exists(_directory))
        {
            Directory.Delete(_directory, recursive: true);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void On_the_simulated_disk(string name) => LogConformance.Cases[name](Simulated());

    [Theory]
    [MemberData(nameof(Cases))]
    public void On_real_files(string name) => LogConformance.Cases[name](OnFiles());

    [Fact]
    public void A_log_walks_at_random_on_the_simulated_disk_through_power_cuts()
    {
        int ends = 0, deaths = 0, cuts = 0;
        var seeds = Environment.GetEnvironmentVariable("IKADA_LONG") is { Length: > 0 } ? 3000UL : 40;
        for (ulong seed = 1; seed <= seeds; seed++)
        {
            var walk = new RandomLogWalk(Simulated(), seed);
            Run(walk, seed, 25);
            (ends, deaths, cuts) = (ends + walk.Ends, deaths + walk.Deaths, cuts + walk.Cuts);
        }

        output.WriteLine($"{seeds} seeds: {ends} ends, {deaths} deaths of the process, {cuts} power cuts");
        Assert.True(ends > 100 && deaths > 100 && cuts > 100);
    }

    [Fact]
    public void A_log_walks_at_random_on_real_files()
    {
        var walk = new RandomLogWalk(OnFiles(), 1);
        Run(walk, 1, 12);
        output.WriteLine($"{walk.Ends} ends, {walk.Deaths} deaths of the process");
        Assert.True(walk is { Ends: > 2, Deaths: > 2, Cuts: 0 });
    }

    private static void Run(RandomLogWalk walk, ulong seed, int lives)
    {
        try
        {
            walk.Run(lives);
        }
        catch (ConformanceException failure)
        {
            throw new ConformanceException($"seed {seed}: {failure.Message}", failure);
        }
    }

    private static WalPlace Simulated()
    {
        var disk = new SimulatedDisk();
        return new WalPlace(() => disk) { CanCutPower = true };
    }

    private WalPlace OnFiles() => new(() => new FileDisk(_directory));
}
