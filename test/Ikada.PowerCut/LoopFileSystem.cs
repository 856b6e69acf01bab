using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Ikada.PowerCut;

/// <summary>How the file system is shut down.</summary>
internal enum ShutdownKind : uint
{
    /// <summary>Everything is written out before.</summary>
    WrittenOut = 0,

    /// <summary>The journal is written out, file contents are not.</summary>
    JournalWrittenOut = 1,

    /// <summary>Nothing is written out: as when the power fails.</summary>
    Nothing = 2,
}

/// <summary>An ext4 file system in a file, of which the power can be cut: from then on each call fails, and
/// what was not synced is gone when it is mounted again. Needs root.</summary>
internal sealed partial class LoopFileSystem : IDisposable
{
    private const nuint Ext4Shutdown = 0x8004_587D;
    private const long MegaBytes = 2048; // a hole where nothing was written
    private readonly string _root =
        Path.Combine(Path.GetTempPath(), "ikada-power-cut-" + Guid.NewGuid().ToString("n"));

    private bool _isMounted;
    private int _copies;

    public LoopFileSystem()
    {
        Directory.CreateDirectory(MountPoint);
        using (var image = File.Create(Image))
        {
            image.SetLength(MegaBytes << 20);
        }

        Run("mkfs.ext4", "-q", "-F", Image);
        Mount();
    }

    public string MountPoint => Path.Combine(_root, "mounted");

    private string Image => Path.Combine(_root, $"image{_copies}");

    /// <summary>Cuts the power. Whoever works on the file system gets EIO from here on.</summary>
    public void Cut(ShutdownKind kind)
    {
        using var directory = open(MountPoint, 0x10000) is var descriptor and >= 0
            ? new Microsoft.Win32.SafeHandles.SafeFileHandle(descriptor, ownsHandle: true)
            : throw new Win32Exception(Marshal.GetLastPInvokeError(), $"open {MountPoint}");
        var flags = (uint)kind;
        if (ioctl(directory, Ext4Shutdown, ref flags) != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError(), "the shutdown of ext4");
        }
    }

    /// <summary>Power is back: mounts again, which replays the journal.</summary>
    public void Restart()
    {
        Unmount();
        Mount();
        if (!IsAlive())
        {
            // Another mount namespace, as 'ip netns exec' makes them, has a copy of the mount and keeps the
            // file system as it was shut down. What it holds stands in the image.
            Unmount();
            var old = Image;
            _copies++;
            Run("cp", "--sparse=always", old, Image);
            File.Delete(old);
            Mount();
        }
    }

    public void Dispose()
    {
        Unmount();
        Directory.Delete(_root, recursive: true);
    }

    private bool IsAlive()
    {
        try
        {
            var path = Path.Combine(MountPoint, "alive");
            File.WriteAllText(path, string.Empty);
            File.Delete(path);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static void Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        var text = process.StandardError.ReadToEnd() + process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new IOException($"{program} {string.Join(' ', arguments)}: {text}");
        }
    }

    private void Mount()
    {
        Run("mount", "-t", "ext4", "-o", "loop", Image, MountPoint);
        _isMounted = true;
    }

    private void Unmount()
    {
        if (_isMounted)
        {
            Run("umount", MountPoint);
            _isMounted = false;
        }
    }

#pragma warning disable IDE1006, SA1300 // the names are libc's
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(
        Microsoft.Win32.SafeHandles.SafeFileHandle file, nuint request, ref uint argument);
#pragma warning restore IDE1006, SA1300
}
