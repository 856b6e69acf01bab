using System.Runtime.InteropServices;

namespace Ikada.KeyValue.RocksDb;

/// <summary>What .NET does not report the errors of, or has not: syncing a file and a directory.</summary>
internal static partial class Posix
{
    private const int ReadOnly = 0;

    /// <summary>Makes durable what a file holds, or the names in a directory.</summary>
    /// <exception cref="RocksDbException">It failed: what the disk holds is not known.</exception>
    public static void Sync(string path)
    {
        var descriptor = Open(path, ReadOnly);
        if (descriptor < 0)
        {
            throw Failed("open", path);
        }

        var result = Fsync(descriptor);
        var failure = result == 0 ? null : Failed("fsync", path);
        if (Close(descriptor) != 0)
        {
            failure ??= Failed("close", path);
        }

        if (failure is not null)
        {
            throw failure;
        }
    }

    private static RocksDbException Failed(string operation, string path) =>
        new($"{operation} of {path} failed: {Marshal.GetLastPInvokeErrorMessage()}");

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true,
        StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
