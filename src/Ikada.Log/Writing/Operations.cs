using Ikada.Log.Format;
using Ikada.Log.Recovery;
using Ikada.Primitives;

namespace Ikada.Log.Writing;

/// <summary>One batch: one write and one sync; before the first of a segment, its head by a write and sync of
/// its own.</summary>
/// <param name="order">Shared by all of a log.</param>
internal sealed class BatchOperation(WriteOrder order) : DiskOperation
{
    private bool _isSyncing;

    public ulong Batch { get; set; }

    public string File { get; set; } = string.Empty;

    public long Offset { get; set; }

    /// <summary>The head of a segment that this batch is the first of.</summary>
    public byte[]? Head { get; set; }

    public required IReadOnlyList<ReadOnlyMemory<byte>> Pieces { get; init; }

    /// <summary>The hard states saved by it, in the order they were queued.</summary>
    public List<(GroupLog Group, HardState State)> HardStates { get; } = [];

    /// <summary>The bases saved by it.</summary>
    public List<(GroupLog Group, LogPosition Position)> Bases { get; } = [];

    /// <summary>The groups with entries in it.</summary>
    public List<GroupLog> Groups { get; } = [];

    public bool IsSeal { get; init; }

    public override DiskWork Work => DiskWork.Batch;

    public override long ByteCount => BatchBytes;

    public override int RecordCount => BatchRecords;

    public required int BatchBytes { get; init; }

    public required int BatchRecords { get; init; }

    /// <summary>How many queued records it and those before it hold.</summary>
    public ulong Taken { get; set; }

    public override string ToString() => Head is null ? "Batch" : "Batch with a head";

    /// <summary>A record goes into it; its group's part has been built.</summary>
    public void Note(in PendingRecord record)
    {
        var group = record.Group!;
        switch (record.Kind)
        {
            case RecordKind.HardState:
                var commit = group.Built.HardState.Commit;
                HardStates.Add((group, new HardState(record.Entry.Term, record.Vote, commit)));
                break;
            case RecordKind.Base or RecordKind.Compaction when record.Entry.Index > LogIndex.Zero:
                Bases.Add((group, record.Entry.Position));
                break;
            default:
                break; // entries are told of by their groups
        }
    }

    /// <summary>Whether it got stuck in a write for want of space, no sync having failed: then it can be
    /// written again over what got through.</summary>
    public bool MayBeWrittenAgain => Error is { IsNoSpace: true } && !_isSyncing;

    protected override void Run(IDisk disk)
    {
        _isSyncing = false;
        order.Begin(File);
        try
        {
            Write(disk);
        }
        catch (DiskException failure) when (failure.IsNoSpace && !_isSyncing)
        {
            order.End();
            throw;
        }

        order.End();
    }

    private void Write(IDisk disk)
    {
        if (Head is not null)
        {
            // Synced before the first batch: so a head that can be read proves that all before it is durable,
            // and a torn head never held anything that was not.
            disk.Write(File, 0, [Head]);
            Sync(disk);
        }

        disk.Write(File, Offset, Pieces);
        Sync(disk);
    }

    private void Sync(IDisk disk)
    {
        _isSyncing = true;
        disk.Sync(File);
        _isSyncing = false;
    }
}

/// <summary>Writes a piece of the next segment with zeros and syncs it. Short, so that batches get in
/// between.</summary>
internal sealed class PreparationOperation(
    SpareFile file, long offset, int bytes, WriteOrder order) : DiskOperation
{
    public SpareFile File => file;

    public long End => offset + bytes;

    public bool IsLast => End >= file.SegmentBytes;

    public override DiskWork Work => DiskWork.Preparation;

    public override long ByteCount => bytes;

    public override string ToString() => "Preparation";

    /// <summary>Whether there was no space for it, no sync having failed. The file is gone then.</summary>
    public bool FoundNoSpace { get; private set; }

    protected override void Run(IDisk disk)
    {
        order.Begin(file.Name);
        try
        {
            file.Prepare(disk, offset, bytes);
        }
        catch (DiskException failure) when (failure is { IsNoSpace: true, Operation: "open" or "pwrite" })
        {
            // What was made of it would only take the space that others may need to go on.
            FoundNoSpace = true;
            file.GiveUp(disk);
        }

        order.End();
    }
}

/// <summary>Puts a segment aside that holds nothing any more, or deletes it. Durable before the next one is:
/// so what is there is always without a gap.</summary>
/// <param name="file">The segment.</param>
/// <param name="target">Its name from then on; null: it is deleted.</param>
/// <param name="order">Shared by all of a log.</param>
internal sealed class FreeOperation(string file, string? target, WriteOrder order) : DiskOperation
{
    public override DiskWork Work => DiskWork.Freeing;

    public override string ToString() => "Free";

    protected override void Run(IDisk disk)
    {
        order.Begin(file);
        if (target is null)
        {
            disk.Delete(file);
        }
        else
        {
            disk.Rename(file, target);
        }

        disk.SyncDirectory();
        order.End();
    }
}

/// <summary>Reads entries back from the disk and verifies each.</summary>
internal sealed class ReadOperation(
    GroupLog group, LogIndex first, LogIndex last, int bytesMax, ulong cookie) : DiskOperation
{
    private const int WindowBytesMax = 256 << 10;
    private const int LastRecordBytes = 4096; // how long the last one is, nobody knows before it is read
    private long _readBytes;

    public GroupLog Group => group;

    public LogIndex First => first;

    public LogIndex Last => last;

    public int BytesMax => bytesMax;

    public ulong Cookie => cookie;

    public required ulong[] Locations { get; init; }

    public List<LogEntry> Entries { get; } = [];

    public override DiskWork Work => DiskWork.Read;

    public override long ByteCount => _readBytes;

    public override int RecordCount => Entries.Count;

    /// <summary>What was found damaged, if anything.</summary>
    public LogDamagedException? Damage { get; private set; }

    /// <summary>Whether it is for writing the entries forward, not for the owner.</summary>
    public bool IsRewriting { get; init; }

    /// <summary>Whether a part of the range was removed since: what was read is another history.</summary>
    public bool IsVoid { get; private set; }

    public override string ToString() => IsRewriting ? "Read to write forward" : "Read";

    public void Truncated(LogIndex from) => IsVoid |= from <= last;

    public void Compacted(LogIndex newBase) => IsVoid |= first <= newBase;

    /// <summary>Goes on with entries that are only in memory, within the same bound.</summary>
    public void CompleteFromTail()
    {
        if (Entries.Count < Locations.Length)
        {
            return; // the bound was reached
        }

        long bytes = 0;
        foreach (var entry in Entries)
        {
            bytes += EntryTail.SizeOf(entry);
        }

        for (var next = first + (ulong)Entries.Count; next <= last
            && group.TryGet(next, out var entry); next = next.Next)
        {
            bytes += EntryTail.SizeOf(entry);
            if (Entries.Count > 0 && bytes > bytesMax)
            {
                return;
            }

            Entries.Add(entry);
        }
    }

    protected override void Run(IDisk disk)
    {
        try
        {
            Read(disk);
        }
        catch (LogDamagedException damage)
        {
            Damage = damage;
        }
    }

    private void Read(IDisk disk)
    {
        Entries.EnsureCapacity(Math.Min(Locations.Length, (bytesMax / LogEntry.OverheadBytes) + 1));
        FileWindow? window = null;
        ulong sequence = 0;
        long bytes = 0;
        for (var i = 0; i < Locations.Length; i++)
        {
            var location = Locations[i];
            if (window is null || location >> 32 != sequence)
            {
                sequence = location >> 32;
                window = new FileWindow(disk, LogFormat.SegmentName(sequence), WindowBytes(i));
            }

            var entry = ReadOne(window, (long)(uint)location * 8, first + (ulong)i);
            bytes += EntryTail.SizeOf(entry);
            if (i > 0 && bytes > bytesMax)
            {
                return;
            }

            Entries.Add(entry);
            _readBytes = bytes;
        }
    }

    // No more than the entries take: what is read stays in memory as long as one of them does.
    private int WindowBytes(int at)
    {
        var last = at;
        while (last + 1 < Locations.Length && Locations[last + 1] >> 32 == Locations[at] >> 32)
        {
            last++;
        }

        // Entries that were written forward may stand before those they follow.
        var between = Math.Max(0, (long)(uint)Locations[last] - (uint)Locations[at]) * 8;
        return (int)Math.Min(Math.Min(between, bytesMax) + LastRecordBytes, WindowBytesMax);
    }

    private LogEntry ReadOne(FileWindow window, long offset, LogIndex index)
    {
        var bytes = window.Get(offset, RecordHeader.Bytes);
        if (bytes.Length == RecordHeader.Bytes)
        {
            var header = RecordHeader.Decode(bytes.Span, out _);
            var isEntry = RecordHeader.IsEntry(header.Kind) && header.Group == group.Group
                && header.Index == index;
            if (isEntry && offset + header.TotalBytes <= window.Length)
            {
                var body = window.Get(offset + RecordHeader.Bytes, header.BodyBytes);
                var entry = new LogEntry(
                    index, header.Term, header.EntryKind, header.EntryVersion, header.Checksum, body);
                if (entry.HasValidChecksum(group.Group))
                {
                    return entry;
                }
            }
        }

        throw new LogDamagedException(
            window.Name, offset,
                $"the record of entry {index.Value} of group {group.Group.Value} cannot be read back");
    }
}
