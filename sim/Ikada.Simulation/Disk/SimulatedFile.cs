namespace Ikada.Simulation.Disk;

/// <summary>A file of the simulated disk: what the page cache holds, what the platter holds, and which
/// sectors differ.</summary>
internal sealed class SimulatedFile
{
    public const int SectorBytes = 512;
    private readonly SortedSet<int> _unsynced = [];
    private byte[] _cache = [];
    private byte[] _durable = [];

    public int Length { get; private set; }

    public int DurableLength { get; private set; }

    /// <summary>How many choices a crash has: one per unsynced sector, and one for the size.</summary>
    public int UnsyncedCount => _unsynced.Count + (Length == DurableLength ? 0 : 1);

    public ReadOnlySpan<byte> Content => _cache.AsSpan(0, Length);

    public ReadOnlySpan<byte> DurableContent => _durable.AsSpan(0, DurableLength);

    public SimulatedFile Copy()
    {
        var copy = new SimulatedFile
        {
            _cache = Content.ToArray(),
            _durable = DurableContent.ToArray(),
            Length = Length,
            DurableLength = DurableLength,
        };
        copy._unsynced.UnionWith(_unsynced);
        return copy;
    }

    public SimulatedFile DurableCopy() => new()
    {
        _cache = DurableContent.ToArray(),
        _durable = DurableContent.ToArray(),
        Length = DurableLength,
        DurableLength = DurableLength,
    };

    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return;
        }

        var end = (int)offset + bytes.Length;
        Reserve(ref _cache, end);
        bytes.CopyTo(_cache.AsSpan((int)offset));
        Length = Math.Max(Length, end);
        for (var sector = (int)offset / SectorBytes; sector <= (end - 1) / SectorBytes; sector++)
        {
            _unsynced.Add(sector);
        }
    }

    public void Sync()
    {
        foreach (var sector in _unsynced)
        {
            Persist(sector);
        }

        _unsynced.Clear();
        Reserve(ref _durable, Length);
        DurableLength = Length;
    }

    /// <summary>A sync cut in the middle: the first half of the sectors got through.</summary>
    public void SyncHalf()
    {
        var left = (_unsynced.Count + 1) / 2;
        foreach (var sector in _unsynced.ToArray())
        {
            if (left-- == 0)
            {
                break;
            }

            Persist(sector);
            _unsynced.Remove(sector);
        }
    }

    /// <summary>A failed sync: the pages count as clean, and what they held never reaches the disk.</summary>
    public void LoseUnsynced()
    {
        _unsynced.Clear();
        DurableLength = Math.Min(DurableLength, Length);
    }

    /// <summary>The power fails: what is not synced got through or did not, each sector and the size by
    /// itself.</summary>
    public CrashLosses Crash(Func<bool> keep)
    {
        var grew = Length > DurableLength;
        var keepsSize = Length == DurableLength || keep();
        var (kept, lost, beyond, missing) = (false, false, false, false);
        foreach (var sector in _unsynced)
        {
            var isBeyond = (sector + 1) * SectorBytes > DurableLength;
            if (keep())
            {
                Persist(sector);
                (kept, beyond) = (true, beyond | isBeyond);
            }
            else
            {
                (lost, missing) = (true, missing | isBeyond);
            }
        }

        var losses = new CrashLosses
        {
            TornFiles = kept && lost ? 1 : 0,
            SizesWithoutData = grew && keepsSize && missing ? 1 : 0,
            DataWithoutSizes = grew && !keepsSize && beyond ? 1 : 0,
        };
        if (keepsSize)
        {
            Reserve(ref _durable, Length);
            DurableLength = Length;
        }

        _durable.AsSpan(DurableLength).Clear();
        _cache = DurableContent.ToArray();
        Length = DurableLength;
        _unsynced.Clear();
        return losses;
    }

    public void Flip(long offset, int bit)
    {
        _cache[offset] ^= (byte)(1 << bit);
        if (offset < _durable.Length)
        {
            _durable[offset] ^= (byte)(1 << bit);
        }
    }

    public void Overwrite(long offset, ReadOnlySpan<byte> bytes)
    {
        var count = (int)Math.Min(bytes.Length, Math.Min(Length, DurableLength) - offset);
        bytes[..count].CopyTo(_cache.AsSpan((int)offset));
        bytes[..count].CopyTo(_durable.AsSpan((int)offset));
    }

    private static void Reserve(ref byte[] bytes, int length)
    {
        if (bytes.Length < length)
        {
            Array.Resize(ref bytes, Math.Max(length, Math.Min(bytes.Length * 2, bytes.Length + (1 << 20))));
        }
    }

    private void Persist(int sector)
    {
        var start = sector * SectorBytes;
        var end = Math.Min(start + SectorBytes, Length);
        if (start < end)
        {
            Reserve(ref _durable, end);
            _cache.AsSpan(start, end - start).CopyTo(_durable.AsSpan(start));
        }
    }
}
