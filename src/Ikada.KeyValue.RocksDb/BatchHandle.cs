using System.Runtime.InteropServices;

namespace Ikada.KeyValue.RocksDb;

/// <summary>What a batch has of RocksDB: the database, held open, and for who walks over batch and database
/// together an index of its changes. One that is given up is freed by the collector.</summary>
internal sealed unsafe class BatchHandle : SafeHandle
{
    private readonly RocksDatabase _database;
    private nint _index;
    private nint _iterator;

    public BatchHandle(RocksDatabase database)
        : base(0, ownsHandle: true)
    {
        var isHeld = false;
        database.DangerousAddRef(ref isHeld);
        _database = database;
        SetHandle(database.Raw);
    }

    public override bool IsInvalid => handle == 0;

    /// <summary>An iterator over batch and database. It stays open until the batch changes: to make one costs
    /// more than many seeks.</summary>
    /// <param name="changes">Of the batch so far; null: removed.</param>
    public nint Iterator(Dictionary<byte[], byte[]?> changes)
    {
        if (_index == 0)
        {
            _index = Rocks.CreateIndexedBatch(0, overwritesKeys: 1);
            foreach (var (key, value) in changes)
            {
                Index(key, value);
            }
        }

        if (_iterator == 0)
        {
            _iterator = Rocks.CreateIteratorOver(
                _index, Rocks.CreateIterator(_database.Raw, _database.ReadOptions));
        }

        return _iterator;
    }

    /// <summary>The batch has changed: cursors read anew.</summary>
    public void Changed(ReadOnlySpan<byte> key, byte[]? value)
    {
        CloseIterator();
        if (_index != 0)
        {
            Index(key, value);
        }
    }

    /// <summary>The batch is empty again, its changes written.</summary>
    public void Clear()
    {
        CloseIterator();
        if (_index != 0)
        {
            Rocks.DestroyIndexedBatch(_index);
            _index = 0;
        }
    }

    protected override bool ReleaseHandle()
    {
        Clear();
        _database.DangerousRelease();
        return true;
    }

    private void CloseIterator()
    {
        if (_iterator != 0)
        {
            Rocks.DestroyIterator(_iterator);
            _iterator = 0;
        }
    }

    private void Index(ReadOnlySpan<byte> key, byte[]? value)
    {
        fixed (byte* at = &MemoryMarshal.GetReference(key))
        {
            byte none;
            var start = at is null ? &none : at;
            if (value is null)
            {
                Rocks.DeleteIndexed(_index, start, (nuint)key.Length);
                return;
            }

            fixed (byte* bytes = &MemoryMarshal.GetArrayDataReference(value))
            {
                Rocks.PutIndexed(_index, start, (nuint)key.Length, bytes, (nuint)value.Length);
            }
        }
    }
}
