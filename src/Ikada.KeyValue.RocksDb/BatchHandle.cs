using System.Runtime.InteropServices;

namespace Ikada.KeyValue.RocksDb;

/// <summary>An indexed write batch, which holds the database open; one that is given up is freed by the
/// collector.</summary>
internal sealed class BatchHandle : SafeHandle
{
    private readonly RocksDatabase _database;
    private nint _iterator;

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

    /// <summary>An iterator over batch and database. It stays open until the batch changes: to make one costs
    /// more than many seeks.</summary>
    public nint Iterator()
    {
        if (_iterator == 0)
        {
            _iterator = Rocks.CreateIteratorOver(
                handle, Rocks.CreateIterator(_database.Raw, _database.ReadOptions));
        }

        return _iterator;
    }

    /// <summary>The batch changes: cursors read anew.</summary>
    public void CloseIterator()
    {
        if (_iterator != 0)
        {
            Rocks.DestroyIterator(_iterator);
            _iterator = 0;
        }
    }

    protected override bool ReleaseHandle()
    {
        CloseIterator();
        Rocks.DestroyBatch(handle);
        _database.DangerousRelease();
        return true;
    }
}
