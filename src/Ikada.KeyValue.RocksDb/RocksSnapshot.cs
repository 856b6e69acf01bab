using System.Runtime.InteropServices;

namespace Ikada.KeyValue.RocksDb;

/// <summary>A point in time of a database. It holds the database open. Whoever reads takes a reference for as
/// long as the read lasts, so that disposing it waits for nobody and frees nothing under a reader.</summary>
internal sealed class RocksSnapshot : SafeHandle
{
    private readonly RocksDatabase _database;
    private readonly bool _holdsDatabase;

    public RocksSnapshot(RocksDatabase database)
        : base(0, ownsHandle: true)
    {
        _database = database;
        database.DangerousAddRef(ref _holdsDatabase);
        SetHandle(Rocks.CreateSnapshot(database.Raw));
        ReadOptions = Rocks.CreateReadOptions();
        Rocks.SetSnapshot(ReadOptions, handle);
    }

    public override bool IsInvalid => handle == 0;

    /// <summary>The handle, which a caller uses while it holds a reference.</summary>
    public nint Raw => handle;

    public RocksDatabase Database => _database;

    public nint ReadOptions { get; }

    protected override bool ReleaseHandle()
    {
        Rocks.DestroyReadOptions(ReadOptions);
        Rocks.ReleaseSnapshot(_database.Raw, handle);
        if (_holdsDatabase)
        {
            _database.DangerousRelease();
        }

        return true;
    }
}
