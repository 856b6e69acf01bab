using System.Runtime.InteropServices;

namespace Ikada.KeyValue.RocksDb;

/// <summary>An indexed write batch, which holds the database open; one that is given up is freed by the
/// collector.</summary>
internal sealed class BatchHandle : SafeHandle
{
    private readonly RocksDatabase _database;

    public BatchHandle(RocksDatabase database)
        : base(0, ownsHandle: true)
    {
        var isHeld = false;
        database.DangerousAddRef(ref isHeld);
        _database = database;
        SetHandle(Rocks.CreateBatch(0, overwritesKeys: 1));
    }

    public override bool IsInvalid => handle == 0;

    public nint Raw => handle;

    protected override bool ReleaseHandle()
    {
        Rocks.DestroyBatch(handle);
        _database.DangerousRelease();
        return true;
    }
}
