using System.Numerics;

namespace Ikada.Simulation.Disk;

/// <summary>
/// A file of the simulated disk: what the page cache holds, what the platter holds, and which sectors differ.
/// A page that both hold alike is one array, and a page of zeros none: preparing a segment costs no memory.
/// </summary>
internal sealed class SimulatedFile
{
    public const int SectorBytes = 512;
    private const int SectorsPerPage = 8;
    private const int PageBytes = SectorBytes * SectorsPerPage;
    private const int SparesMax = 16;
    private readonly Stack<byte[]> _spares = new();
    private Page[] _pages = [];
    private int _unsyncedFrom = int.MaxValue;
    private int _unsyncedTo;

    public int Length { get; private set; }

    public int DurableLength { get; private set; }

    /// <summary>How many choices a crash has: one per unsynced sector, and one for the size.</summary>
    public int UnsyncedCount
    {
        get
        {
            var count = Length == DurableLength ? 0 : 1;
            for (var at = _unsyncedFrom; at < _unsyncedTo; at++)
            {
                count += BitOperations.PopCount(_pages[at].Unsynced);
            }

            return count;
        }
    }

    public SimulatedFile Copy()
    {
        var copy = new SimulatedFile
        {
            _pages = new Page[_pages.Length],
            _unsyncedFrom = _unsyncedFrom,
            _unsyncedTo = _unsyncedTo,
            Length = Length,
            DurableLength = DurableLength,
        };
        for (var at = 0; at < _pages.Length; at++)
        {
            copy._pages[at] = _pages[at].Copy();
        }

        return copy;
    }

    public SimulatedFile DurableCopy()
    {
        var copy = Copy();
        copy.Crash(static () => false);
        return copy;
    }

    /// <summary>Reads what the cache holds; returns how many bytes there were.</summary>
    public int Read(long offset, Span<byte> into)
    {
        var count = (int)Math.Clamp(Length - offset, 0, into.Length);
        for (var done = 0; done < count;)
        {
            var (at, start) = ((int)(offset + done) / PageBytes, (int)(offset + done) % PageBytes);
            var piece = into[done..Math.Min(count, done + PageBytes - start)];
            if (_pages[at].Cache is { } page)
            {
                page.AsSpan(start, piece.Length).CopyTo(piece);
            }
            else
            {
                piece.Clear();
            }

            done += piece.Length;
        }

        return count;
    }

    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return;
        }

        var end = (int)offset + bytes.Length;
        Reserve(end);
        Length = Math.Max(Length, end);
        _unsyncedFrom = Math.Min(_unsyncedFrom, (int)offset / PageBytes);
        _unsyncedTo = Math.Max(_unsyncedTo, ((end - 1) / PageBytes) + 1);
        while (!bytes.IsEmpty)
        {
            var start = (int)offset % PageBytes;
            var piece = bytes[..Math.Min(bytes.Length, PageBytes - start)];
            Write(ref _pages[(int)offset / PageBytes], start, piece);
            bytes = bytes[piece.Length..];
            offset += piece.Length;
        }
    }

    public void Sync()
    {
        for (var at = _unsyncedFrom; at < _unsyncedTo; at++)
        {
            Persist(ref _pages[at], _pages[at].Unsynced);
        }

        Clean();
        DurableLength = Length;
    }

    /// <summary>A sync cut in the middle: the first half of the sectors got through.</summary>
    public void SyncHalf()
    {
        var left = (UnsyncedCount - (Length == DurableLength ? 0 : 1) + 1) / 2;
        Persist(() => left-- > 0);
    }

    /// <summary>A failed sync: the pages count as clean, and what they held never reaches the disk.</summary>
    public void LoseUnsynced() => Clean();

    /// <summary>The power fails: what is not synced got through or did not, each sector and the size by
    /// itself.</summary>
    public CrashLosses Crash(Func<bool> keep)
    {
        var grew = Length > DurableLength;
        var keepsSize = Length == DurableLength || keep();
        var (kept, lost, beyond, missing) = (false, false, false, false);
        Persist(keep, (isKept, isBeyond) =>
        {
            (kept, beyond) = (kept | isKept, beyond | (isKept & isBeyond));
            (lost, missing) = (lost | !isKept, missing | (!isKept & isBeyond));
        });
        DurableLength = keepsSize ? Length : DurableLength;
        Length = DurableLength;
        for (var at = 0; at < _pages.Length; at++)
        {
            ref var page = ref _pages[at];
            (page.Cache, page.Differs) = (page.Platter, 0);
            var left = DurableLength - (at * PageBytes);
            if (left <= 0)
            {
                page = default;
            }
            else if (left < PageBytes)
            {
                page.Cache.AsSpan(Math.Min(left, page.Cache?.Length ?? 0)).Clear();
            }
        }

        Clean();
        return new CrashLosses
        {
            TornFiles = kept && lost ? 1 : 0,
            SizesWithoutData = grew && keepsSize && missing ? 1 : 0,
            DataWithoutSizes = grew && !keepsSize && beyond ? 1 : 0,
        };
    }

    /// <summary>Other bytes stand in place of those that were there, in the cache and on the
    /// platter.</summary>
    public void Overwrite(long offset, ReadOnlySpan<byte> bytes)
    {
        var old = new byte[bytes.Length];
        var count = Read(offset, old);
        for (var i = 0; i < count; i++)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                if (((old[i] ^ bytes[i]) & (1 << bit)) != 0)
                {
                    Flip(offset + i, bit);
                }
            }
        }
    }

    public void Flip(long offset, int bit)
    {
        ref var page = ref _pages[(int)offset / PageBytes];
        var isShared = page.Cache == page.Platter;
        page.Cache ??= new byte[PageBytes];
        page.Cache[offset % PageBytes] ^= (byte)(1 << bit);
        if (isShared)
        {
            page.Platter = page.Cache;
        }
        else if (offset < DurableLength)
        {
            page.Platter ??= new byte[PageBytes];
            page.Platter[offset % PageBytes] ^= (byte)(1 << bit);
        }
    }

    private void Write(ref Page page, int start, ReadOnlySpan<byte> bytes)
    {
        var touched = (byte)((0xFF << (start / SectorBytes))
            & (0xFF >> (SectorsPerPage - 1 - ((start + bytes.Length - 1) / SectorBytes))));
        page.Unsynced |= touched;
        page.Differs |= touched;
        if ((page.Cache is null || bytes.Length == PageBytes) && !bytes.ContainsAnyExcept((byte)0))
        {
            page.Cache = null;
            return;
        }

        if (page.Cache is null || page.Cache == page.Platter)
        {
            page.Cache = Fork(page.Cache);
        }

        bytes.CopyTo(page.Cache.AsSpan(start));
    }

    private byte[] Fork(byte[]? page)
    {
        var fork = _spares.TryPop(out var spare) ? spare : GC.AllocateUninitializedArray<byte>(PageBytes);
        if (page is null)
        {
            fork.AsSpan().Clear();
        }
        else
        {
            page.CopyTo(fork.AsSpan());
        }

        return fork;
    }

    // Some sectors of a page reach the platter.
    private void Persist(ref Page page, byte sectors)
    {
        page.Differs &= (byte)~sectors;
        page.Unsynced &= (byte)~sectors;
        if (page.Differs == 0)
        {
            if (page.Platter is { } old && old != page.Cache && _spares.Count < SparesMax)
            {
                _spares.Push(old);
            }

            page.Platter = page.Cache;
            return;
        }

        for (var sector = 0; sector < SectorsPerPage; sector++)
        {
            if ((sectors & (1 << sector)) != 0)
            {
                page.Persist(sector * SectorBytes, SectorBytes);
            }
        }
    }

    // Tells of each sector whether it is kept, and whether it reaches beyond the durable end.
    private void Persist(Func<bool> keep, Action<bool, bool>? tell = null)
    {
        for (var at = _unsyncedFrom; at < _unsyncedTo; at++)
        {
            var kept = 0;
            for (var sector = 0; sector < SectorsPerPage; sector++)
            {
                if ((_pages[at].Unsynced & (1 << sector)) == 0)
                {
                    continue;
                }

                var isKept = keep();
                kept |= isKept ? 1 << sector : 0;
                tell?.Invoke(isKept, (at * PageBytes) + ((sector + 1) * SectorBytes) > DurableLength);
            }

            Persist(ref _pages[at], (byte)kept);
        }
    }

    private void Clean()
    {
        for (var at = _unsyncedFrom; at < _unsyncedTo; at++)
        {
            _pages[at].Unsynced = 0;
        }

        (_unsyncedFrom, _unsyncedTo) = (int.MaxValue, 0);
    }

    private void Reserve(int length)
    {
        var pages = (length + PageBytes - 1) / PageBytes;
        if (pages > _pages.Length)
        {
            Array.Resize(ref _pages, Math.Max(pages, _pages.Length * 2));
        }
    }

    private struct Page
    {
        /// <summary>Null: zeros.</summary>
        public byte[]? Cache;

        /// <summary>Null: zeros. The same array as the cache's where nothing differs.</summary>
        public byte[]? Platter;

        /// <summary>The sectors that the next sync makes durable, as bits.</summary>
        public byte Unsynced;

        /// <summary>These, and those that a failed sync has lost: the cache has them and counts them as
        /// clean.</summary>
        public byte Differs;

        public readonly Page Copy()
        {
            var copy = this;
            copy.Cache = (byte[]?)Cache?.Clone();
            copy.Platter = Cache == Platter ? copy.Cache : (byte[]?)Platter?.Clone();
            return copy;
        }

        public void Persist(int start, int count)
        {
            Platter ??= new byte[PageBytes];
            if (Cache is null)
            {
                Platter.AsSpan(start, count).Clear();
            }
            else
            {
                Cache.AsSpan(start, count).CopyTo(Platter.AsSpan(start));
            }
        }
    }
}
