using Ikada.Primitives;

namespace Ikada.KeyValue.RocksDb;

/// <summary>Changes over the newest state, indexed in memory so that they can be read; one write when they
/// are committed, and so in the files together or not at all. In a replacement what has been gathered is
/// written now and then: nobody else sees its database yet.</summary>
internal sealed unsafe class RocksBatch : IOrderedBatch, IDisposable
{
    private const int WriteEveryBytes = 4 << 20;
    private readonly RocksDatabase _database;
    private readonly Action<RocksBatch> _committed;
    private readonly bool _isReplacement;
    private readonly BatchHandle _batch;
    private long _bytes;
    private bool _isOver;

    public RocksBatch(RocksDatabase database, bool isReplacement, Action<RocksBatch> committed)
    {
        (_database, _isReplacement, _committed) = (database, isReplacement, committed);
        _batch = new BatchHandle(database);
    }

    public RocksDatabase Database => _database;

    /// <summary>Without what the batch adds.</summary>
    public long SizeBytes => _database.SizeBytes;

    public bool TryGet(ReadOnlySpan<byte> key, out ReadOnlyMemory<byte> value)
    {
        byte none;
        fixed (byte* at = key)
        {
            var slice = Rocks.GetPinnedOver(
                _batch.Raw, _database.Raw, _database.ReadOptions, at is null ? &none : at,
                (nuint)key.Length, out var error);
            return _database.TryTake(slice, error, out value);
        }
    }

    public long CountRange(ReadOnlySpan<byte> from, ReadOnlySpan<byte> to) =>
        Portion.CountKeys(_batch.Iterator, KeepOpen, from, to);

    public IOrderedCursor OpenCursor() => new RocksCursor(_batch.Iterator, KeepOpen);

    public void Put(ReadOnlySpan<byte> key, byte[] value)
    {
        CheckOpen();
        _batch.CloseIterator();
        byte none;
        fixed (byte* at = key)
        {
            fixed (byte* bytes = value)
            {
                Rocks.Put(
                    _batch.Raw, at is null ? &none : at, (nuint)key.Length,
                    bytes is null ? &none : bytes, (nuint)value.Length);
            }
        }

        Gathered(key.Length + value.Length);
    }

    public void Remove(ReadOnlySpan<byte> key)
    {
        CheckOpen();
        _batch.CloseIterator();
        byte none;
        fixed (byte* at = key)
        {
            Rocks.Delete(_batch.Raw, at is null ? &none : at, (nuint)key.Length);
        }

        Gathered(key.Length);
    }

    public void Commit()
    {
        CheckOpen();
        _batch.CloseIterator();
        _isOver = true;
        _database.Write(_batch.Raw);
        Dispose();
        _committed(this);
    }

    /// <summary>Lets go of the memory that is not .NET's, and of the database that a replacement has filled
    /// which was not committed. A batch that is given up on is collected with its handle.</summary>
    public void Dispose()
    {
        _batch.Dispose();
        if (_isReplacement && !_isOver)
        {
            _isOver = true;
            _database.Dispose();
            Directory.Delete(_database.Path, recursive: true);
        }
    }

    private static void KeepOpen(nint iterator)
    {
    }

    private void Gathered(int bytes)
    {
        _bytes += bytes;
        if (_isReplacement && _bytes >= WriteEveryBytes)
        {
            _database.Write(_batch.Raw);
            Rocks.ClearBatch(_batch.Raw);
            _bytes = 0;
        }
    }

    private void CheckOpen() =>
        Invariant.Check(!_isOver, $"a committed batch of {_bytes} bytes was written to");
}
