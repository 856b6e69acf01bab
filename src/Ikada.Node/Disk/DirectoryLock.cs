using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Ikada.Node.Disk;

/// <summary>A data directory is held by another process.</summary>
public sealed class DirectoryHeldException(string message) : IOException(message);

/// <summary>One process per data directory: an exclusive lock on a file, which the kernel takes back when its
/// holder dies, and the holder's process id beside it, for the message.</summary>
internal sealed class DirectoryLock : IDisposable
{
    public const string LockName = "lock";
    public const string HolderName = "lock.holder";
    private readonly SafeFileHandle _handle;

    private DirectoryLock(SafeFileHandle handle) => _handle = handle;

    public static bool IsName(string name) => name is LockName or HolderName;

    public static DirectoryLock Acquire(string directory)
    {
        var handle = Open(
            directory, FileMode.OpenOrCreate, FileAccess.ReadWrite, "give this node a directory of its own");
        var holder = Path.Combine(directory, HolderName);
        try
        {
            File.WriteAllText(holder, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        }
        catch
        {
            handle.Dispose();
            throw;
        }

        return new DirectoryLock(handle);
    }

    /// <summary>The lock of a directory that is only looked at: null where no node has ever made one. Makes
    /// no file, and does not say who holds it.</summary>
    public static DirectoryLock? AcquireIfThere(string directory) =>
        File.Exists(Path.Combine(directory, LockName))
            ? new DirectoryLock(Open(
                directory, FileMode.Open, FileAccess.Read, "look at it when the process has ended"))
            : null;

    public void Dispose() => _handle.Dispose();

    private static SafeFileHandle Open(string directory, FileMode mode, FileAccess access, string remedy)
    {
        try
        {
            return File.OpenHandle(Path.Combine(directory, LockName), mode, access, FileShare.None);
        }
        catch (IOException refused) when (refused.HResult == Errno.Eagain)
        {
            var holder = HolderOf(Path.Combine(directory, HolderName));
            throw new DirectoryHeldException(
                $"The data directory {directory} is held by another process{holder}. Stop that process, or "
                    + $"{remedy}. ({Errno.Describe(refused)})");
        }
    }

    private static string HolderOf(string path)
    {
        try
        {
            return $" (process {File.ReadAllText(path)})";
        }
        catch (IOException)
        {
            return string.Empty; // the holder has just begun or just ended
        }
    }
}
