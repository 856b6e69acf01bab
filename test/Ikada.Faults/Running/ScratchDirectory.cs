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
            using var unused = LockUnlessInUse(old);
            if (unused is not null)
            {
                Directory.Delete(old, recursive: true);
            }
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

    private static FileStream? LockUnlessInUse(string directory)
    {
        try
        {
            return Lock(directory);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static FileStream Lock(string directory) => new(
        System.IO.Path.Combine(directory, "lock"), FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
}
