using System.Runtime.InteropServices;
using Ikada.Primitives;

namespace Ikada.KeyValue.RocksDb;

/// <summary>Changes over the newest state, gathered in memory so that they can be read; one write when they
/// are committed, and so in the files together or not at all. In a replacement what has been gathered is
/// written now and then: nobody else sees its database yet.</summary>
internal sealed unsafe class RocksBatch : IOrderedBatch, IDisposable
{
    private const int WriteEveryBytes = 4 << 20;
    private readonly RocksDatabase _database;
    private readonly Action<RocksBatch> _committed;
    private readonly bool _isReplacement;
    private readonly BatchHandle _handle;

    // The newest of each key; null: removed.
    private readonly Dictionary<byte[], byte[]?> _changes = new(KeyComparer.Instance);
    private readonly Dictionary<byte[], byte[]?>.AlternateLookup<ReadOnlySpan<byte>> _byKey;
    private long _bytes;
    private bool _isOver;

    public RocksBatch(RocksDatabase database, bool isReplacement, Action<RocksBatch> committed)
    {
        (_database, _isReplacement, _committed) = (database, isReplacement, committed);
        _handle = new BatchHandle(database);
        _byKey = _changes.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    public RocksDatabase Database => _database;

    /// <summary>Without what the batch adds.</summary>
    public long SizeBytes => _database.SizeBytes;

    public bool TryGet(ReadOnlySpan<byte> key, out ReadOnlyMemory<byte> value)
    {
        if (_byKey.TryGetValue(key, out var changed))
        {
            value = changed;
            return changed is not null;
        }

        if (!_database.Recent.TryGet(key, out var stored))
        {
            stored = _database.Find(_database.ReadOptions, key);
            _database.Recent.Found(key, stored);
        }

        value = stored;
        return stored is not null;
    }

    public long CountRange(ReadOnlySpan<byte> from, ReadOnlySpan<byte> to) =>
        Portion.CountKeys(OpenIterator, KeepOpen, from, to);

    public IOrderedCursor OpenCursor() => new RocksCursor(OpenIterator, KeepOpen);

    public void Put(ReadOnlySpan<byte> key, byte[] value) => Change(key, value);

    public void Remove(ReadOnlySpan<byte> key) => Change(key, null);

    public void Commit()
    {
        CheckOpen();
        _isOver = true;
        Write();
        Dispose();
        _committed(this);
    }

    /// <summary>Lets go of the memory that is not .NET's, and of the database that a replacement has filled
    /// which was not committed. A batch that is given up on is collected with its handle.</summary>
    public void Dispose()
    {
        _handle.Dispose();
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

    private static int SpaceOf(byte[] key) => key.Length == 0 ? 0 : key[0];

    private void Change(ReadOnlySpan<byte> key, byte[]? value)
    {
        CheckOpen();
        _byKey[key] = value;
        _handle.Changed(key, value);
        _bytes += key.Length + (value?.Length ?? 0);
        if (_isReplacement && _bytes >= WriteEveryBytes)
        {
            Write();
            _changes.Clear();
            _handle.Clear();
            _bytes = 0;
        }
    }

    // RocksDB's own index of a batch costs each change as much as its way into memory; so it is made only for
    // who walks over the batch.
    private nint OpenIterator() => _handle.Iterator(_changes);

    /// <summary>Writes the changes space by space: the place of those of one that only grows at its end
    /// is then known without a search.</summary>
    private void Write()
    {
        Span<bool> spaces = stackalloc bool[256];
        foreach (var key in _changes.Keys)
        {
            spaces[SpaceOf(key)] = true;
        }

        var batch = Rocks.CreateBatch();
        try
        {
            for (var space = 0; space < spaces.Length; space++)
            {
                if (spaces[space])
                {
                    Gather(batch, space);
                }
            }

            _database.Write(batch, _bytes);
            foreach (var (key, value) in _changes)
            {
                _database.Recent.Changed(key, value);
            }
        }
        finally
        {
            Rocks.DestroyBatch(batch);
        }
    }

    private void Gather(nint batch, int space)
    {
        foreach (var (key, value) in _changes)
        {
            if (SpaceOf(key) == space)
            {
                Add(batch, key, value);
            }
        }
    }

    private static void Add(nint batch, byte[] key, byte[]? value)
    {
        fixed (byte* at = &MemoryMarshal.GetArrayDataReference(key))
        {
            if (value is null)
            {
                Rocks.Delete(batch, at, (nuint)key.Length);
                return;
            }

            fixed (byte* bytes = &MemoryMarshal.GetArrayDataReference(value))
            {
                Rocks.Put(batch, at, (nuint)key.Length, bytes, (nuint)value.Length);
            }
        }
    }

    private void CheckOpen() =>
        Invariant.Check(!_isOver, $"a committed batch of {_bytes} bytes was written to");
}
