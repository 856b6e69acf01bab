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

    public static DirectoryLock Acquire(string directory)
    {
        SafeFileHandle handle;
        var holder = Path.Combine(directory, HolderName);
        try
        {
            handle = File.OpenHandle(
                Path.Combine(directory, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite,
                    FileShare.None);
        }
        catch (IOException refused) when (refused.HResult == Errno.Eagain)
        {
            throw new DirectoryHeldException(
                $"The data directory {directory} is held by another process{HolderOf(holder)}. Stop that "
                    + $"process, or give "
                + $"this node a directory of its own. ({Errno.Describe(refused)})");
        }

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

    public void Dispose() => _handle.Dispose();

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
