namespace Ikada.Benchmarks;

/// <summary>A directory that goes with its owner.</summary>
internal sealed class Scratch : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("ikada-hot-path-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
