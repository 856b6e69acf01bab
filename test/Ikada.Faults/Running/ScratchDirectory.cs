namespace Ikada.Faults.Running;

/// <summary>A directory that goes at the end; what a run left that was killed goes at the begin of the
/// next.</summary>
internal sealed class ScratchDirectory : IDisposable
{
    private const string Prefix = "ikada-faults-";
    private readonly FileStream _lock;

    public ScratchDirectory()
    {
        foreach (var old in Directory.EnumerateDirectories(System.IO.Path.GetTempPath(), Prefix + "*"))
        {
            DeleteUnlessInUse(old);
        }

        Path = Directory.CreateTempSubdirectory(Prefix).FullName;
        _lock = Lock(Path);
    }

    public string Path { get; }

    public void Dispose()
    {
        _lock.Dispose();
        Directory.Delete(Path, recursive: true);
    }

    private static void DeleteUnlessInUse(string directory)
    {
        try
        {
            Lock(directory).Dispose();
            Directory.Delete(directory, recursive: true);
        }
        catch (IOException)
        {
            // Another run has it.
        }
    }

    private static FileStream Lock(string directory) => new(
        System.IO.Path.Combine(directory, "lock"), FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
}
