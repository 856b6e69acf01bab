using BenchmarkDotNet.Attributes;

namespace Ikada.Benchmarks;

/// <summary>What each hot path costs an operation; <see cref="HotPath.All"/> says what they are.</summary>
public class HotPaths
{
    private const int Operations = 16_384;
    private HotPath? _path;

    public static IEnumerable<string> Names => HotPath.All.Keys;

    [ParamsSource(nameof(Names))]
    public string Path { get; set; } = "core";

    [GlobalSetup]
    public void Open()
    {
        _path = HotPath.All[Path]();
        _path.Run(Operations);
    }

    [GlobalCleanup]
    public void Close() => _path?.Dispose();

    [Benchmark(OperationsPerInvoke = Operations)]
    public void Operation() => _path!.Run(Operations);
}
