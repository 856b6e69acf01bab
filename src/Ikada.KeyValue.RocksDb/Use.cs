using System.Runtime.InteropServices;

namespace Ikada.KeyValue.RocksDb;

/// <summary>A native call under way: what it works on is not freed before it ends, and it does not begin on
/// what is freed.</summary>
internal readonly ref struct Use
{
    private readonly SafeHandle _handle;

    /// <summary>Begins.</summary>
    /// <exception cref="ObjectDisposedException">It was let go of before.</exception>
    public Use(SafeHandle handle)
    {
        var isHeld = false;
        handle.DangerousAddRef(ref isHeld);
        _handle = handle;
    }

    /// <summary>Ends.</summary>
    public void Dispose() => _handle.DangerousRelease();
}
