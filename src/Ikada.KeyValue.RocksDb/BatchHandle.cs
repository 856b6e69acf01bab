using System.Runtime.InteropServices;

namespace Ikada.KeyValue.RocksDb;

/// <summary>An indexed write batch; one that is given up is freed by the collector.</summary>
internal sealed class BatchHandle : SafeHandle
{
    public BatchHandle()
        : base(0, ownsHandle: true) => SetHandle(Rocks.CreateBatch(0, overwritesKeys: 1));

    public override bool IsInvalid => handle == 0;

    public nint Raw => handle;

    protected override bool ReleaseHandle()
    {
        Rocks.DestroyBatch(handle);
        return true;
    }
}
