using System.Globalization;
using Ikada.Primitives;

namespace Ikada.KeyValue.RocksDb;

/// <summary>
/// The ordered store on disk, over RocksDB. Its own log is off: a batch is durable once what is gathered in
/// memory was flushed, in the order of the batches, and after a crash the content is that of some batch.
/// Written to by one thread; views are for any.
/// </summary>
public sealed class RocksDbStore : IOrderedStore, IDisposable
{
    private const string Pointer = "current";
    private const string Prefix = "db-";
    private readonly string _directory;
    private readonly RocksDbOptions _options;
    private readonly SpaceWait _space = new();
    private readonly Lock _gate = new();
    private readonly HashSet<RocksSnapshot> _snapshots = [];
    private readonly List<RocksDatabase> _retired = [];
    private RocksDatabase _database;
    private int _number;
    private volatile bool _isDisposed;

    private RocksDbStore(string directory, RocksDbOptions options, int number)
    {
        (_directory, _options, _number) = (directory, options, number);
        _database = RocksDatabase.Open(PathOf(number), options, _space);
    }

    /// <summary>How many points in time RocksDB keeps for readers: one that the key-value store has of its
    /// last batch, and those that somebody reads from.</summary>
    public int Snapshots
    {
        get
        {
            var database = Opened();
            using var use = new Use(database);
            return database.Snapshots;
        }
    }

    /// <inheritdoc/>
    public bool IsDurable => true;

    /// <summary>Opens a directory, or makes it. What a restore that was cut has left is deleted.</summary>
    /// <param name="directory">The engine's own.</param>
    /// <param name="options">The settings; null: the defaults.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="RocksDbException">RocksDB cannot open it: it is damaged
    /// (<see cref="RocksDbException.IsDamage"/>), in use, or of a newer version.</exception>
    public static RocksDbStore Open(string directory, RocksDbOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        options ??= new RocksDbOptions();
        if (options.Validate() is { } wrong)
        {
            throw new ArgumentException(wrong, nameof(options));
        }

        Directory.CreateDirectory(directory);
        var number = ReadPointer(directory);
        if (number == 0)
        {
            number = 1;
            WritePointer(directory, number);
        }

        foreach (var path in Directory.EnumerateDirectories(directory, Prefix + "*"))
        {
            if (Path.GetFileName(path) != NameOf(number))
            {
                Directory.Delete(path, recursive: true);
            }
        }

        return new RocksDbStore(directory, options, number);
    }

    /// <inheritdoc/>
    public IOrderedBatch BeginBatch() => new RocksBatch(Opened(), isReplacement: false, Committed);

    /// <summary>Begins a batch over nothing, in a database aside: its commit flushes that, and puts it in
    /// place by one rename. Waits for space on a full disk, as a write does.</summary>
    public IOrderedBatch BeginReplacement()
    {
        Opened();
        _number++;
        var path = PathOf(_number);
        RocksDatabase? aside = null;
        _space.Do(() =>
        {
            if (Directory.Exists(path))
            {
                Directory.Delete(path, recursive: true);
            }

            aside = RocksDatabase.Open(path, _options, _space);
        });
        return new RocksBatch(aside!, isReplacement: true, Replaced);
    }

    /// <inheritdoc/>
    public bool TryGetDurable(ReadOnlySpan<byte> key, out ReadOnlyMemory<byte> value) =>
        Opened().TryGetDurable(key, out value);

    /// <inheritdoc/>
    public void BeginFlush() => Opened().Flush(waits: false);

    /// <summary>Makes durable all that is committed.</summary>
    public void Flush() => Opened().Flush(waits: true);

    /// <inheritdoc/>
    public void Defragment() => Opened().Compact();

    /// <summary>Before the node stops, or when it does: a write or a restore that waits for space on a full
    /// disk fails, and so do those to come. From any thread.</summary>
    public void GiveUpOnSpace() => _space.GiveUp();

    /// <inheritdoc/>
    public IHeldView Hold()
    {
        var snapshot = new RocksSnapshot(Opened());
        lock (_gate)
        {
            _snapshots.Add(snapshot);
        }

        return new RocksView(this, snapshot);
    }

    /// <summary>Makes durable what is committed, and closes. Views that are still held throw
    /// <see cref="ObjectDisposedException"/> from now on.</summary>
    public void Dispose()
    {
        RocksSnapshot[] left;
        lock (_gate)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
            left = [.. _snapshots];
            _snapshots.Clear();
        }

        foreach (var snapshot in left)
        {
            snapshot.Dispose();
        }

        _database.EndCompaction();
        _database.Dispose();
    }

    /// <summary>Nobody holds a view any more.</summary>
    internal void LetGo(RocksSnapshot snapshot)
    {
        lock (_gate)
        {
            // Within the lock: whoever closes the store must find it closed behind all snapshots.
            _snapshots.Remove(snapshot);
            snapshot.Dispose();
        }
    }

    private static string NameOf(int number) => Prefix + number.ToString(CultureInfo.InvariantCulture);

    private static int ReadPointer(string directory)
    {
        var path = Path.Combine(directory, Pointer);
        if (!File.Exists(path))
        {
            return 0;
        }

        var name = File.ReadAllText(path);
        return name.StartsWith(Prefix, StringComparison.Ordinal)
            && int.TryParse(
                name.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number > 0
                ? number
                : throw new RocksDbException(
                    $"{path} holds '{name}', which names no database: it is damaged. Remove {directory}, and "
                        + "the state comes from the snapshot, the log and the other nodes.")
                {
                    IsDamage = true,
                };
    }

    private static void WritePointer(string directory, int number)
    {
        var path = Path.Combine(directory, Pointer);
        File.WriteAllText(path + ".new", NameOf(number));
        Posix.Sync(path + ".new");
        File.Move(path + ".new", path, overwrite: true);
        Posix.Sync(directory);
    }

    // What was begun before may hold a closed store's database yet.
    private RocksDatabase Opened()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return _database;
    }

    private string PathOf(int number) => Path.Combine(_directory, NameOf(number));

    private void Committed(RocksBatch batch)
    {
        Invariant.Check(
            ReferenceEquals(batch.Database, _database), $"a batch was begun before {NameOf(_number)} came");
        DeleteRetired();
    }

    private void Replaced(RocksBatch batch)
    {
        _space.Do(() => batch.Database.Flush(waits: true));
        Posix.Sync(_directory);
        _space.Do(() => WritePointer(_directory, _number));
        var old = _database;
        _database = batch.Database;
        old.Dispose();
        _retired.Add(old);
        DeleteRetired();
    }

    // Views of the old content may be held yet.
    private void DeleteRetired()
    {
        for (var i = _retired.Count - 1; i >= 0; i--)
        {
            if (_retired[i].IsReleased)
            {
                Directory.Delete(_retired[i].Path, recursive: true);
                _retired.RemoveAt(i);
            }
        }
    }
}
