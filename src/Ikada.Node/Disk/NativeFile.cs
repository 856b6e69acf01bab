using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Ikada.Node.Disk;

/// <summary>
/// The calls that .NET does not make, or makes without looking at the result: in .NET 10 a failed fsync is
/// not reported by FlushToDisk or Flush(true). Resolved in the program itself, so that a preloaded library is
/// seen.
/// </summary>
internal static partial class NativeFile
{
    private const string Library = "ikada-libc";
    private const int ReadOnly = 0;
    private const int WriteOnly = 1;
    private const int CloseOnExec = 0x80000;
    private const int AdviceDontNeed = 4;

    // The two whose numbers differ between processors.
    private static readonly bool _isArm = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;
    private static readonly int _directory = _isArm ? 0x4000 : 0x10000;
    private static readonly int _direct = _isArm ? 0x10000 : 0x4000;

    static NativeFile() => NativeLibrary.SetDllImportResolver(
        typeof(NativeFile).Assembly,
        static (name, _, _) => name == Library ? NativeLibrary.GetMainProgramHandle() : 0);

    /// <summary>Makes a file's content durable. 0, or the error number. An interrupted call is made again;
    /// any other failure is final, since the kernel may have dropped the pages and would report success next
    /// time.</summary>
    public static int DataSync(SafeFileHandle file)
    {
        int error;
        do
        {
            error = fdatasync(file) == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
        while (error == Errno.Eintr);
        return error;
    }

    /// <summary>Lets go of the pages of a file that are clean. 0, or the error number.</summary>
    public static int DropCache(SafeFileHandle file) => posix_fadvise(file, 0, 0, AdviceDontNeed);

    /// <summary>Makes the names in a directory durable. 0, or the error number.</summary>
    public static int SyncDirectory(string path)
    {
        int descriptor;
        do
        {
            descriptor = open(path, ReadOnly | _directory | CloseOnExec);
        }
        while (descriptor < 0 && Marshal.GetLastPInvokeError() == Errno.Eintr);
        if (descriptor < 0)
        {
            return Marshal.GetLastPInvokeError();
        }

        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        int error;
        do
        {
            error = fsync(handle) == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
        while (error == Errno.Eintr);
        return error;
    }

    /// <summary>Opens an existing file for writing past the page cache. 0, or the error number; EINVAL where
    /// the file system does not take that.</summary>
    public static int OpenDirect(string path, out SafeFileHandle file)
    {
        int descriptor;
        do
        {
            descriptor = open(path, WriteOnly | _direct | CloseOnExec);
        }
        while (descriptor < 0 && Marshal.GetLastPInvokeError() == Errno.Eintr);
        var error = descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
        file = new SafeFileHandle(descriptor, ownsHandle: descriptor >= 0);
        return error;
    }

#pragma warning disable IDE1006, SA1300 // the names are libc's
    [LibraryImport(Library, SetLastError = true)]
    private static partial int fdatasync(SafeFileHandle file);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int fsync(SafeFileHandle file);

    [LibraryImport(Library)]
    private static partial int posix_fadvise(SafeFileHandle file, long offset, long length, int advice);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);
#pragma warning restore IDE1006, SA1300
}
