using Ikada.Log.Format;
using Ikada.Log.Recovery;
using Ikada.Primitives;

namespace Ikada.Log.Writing;

/// <summary>One batch: one write and one sync; before the first of a segment, its head by a write and sync of
/// its own.</summary>
internal sealed class BatchOperation : DiskOperation
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

    /// <summary>Whether it got stuck in a write for want of space, no sync having failed: then it can be
    /// written again over what got through.</summary>
    public bool MayBeWrittenAgain => Error is { IsNoSpace: true } && !_isSyncing;

    protected override void Run(IDisk disk)
    {
        _isSyncing = false;
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
internal sealed class PreparationOperation(string file, long offset, int bytes, long segmentBytes)
    : DiskOperation
{
    public string File => file;

    public long End => offset + bytes;

    public bool IsLast => End >= segmentBytes;

    /// <summary>Whether there was no space for it, no sync having failed. The file is gone then.</summary>
    public bool FoundNoSpace { get; private set; }

    protected override void Run(IDisk disk)
    {
        try
        {
            Prepare(disk, file, offset, bytes, segmentBytes);
        }
        catch (DiskException failure) when (failure.IsNoSpace && failure.Operation is "open" or "pwrite")
        {
            // What was made of it would only take the space that others may need to go on.
            FoundNoSpace = true;
            DeleteIfThere(disk, file);
        }
    }

    public static void Prepare(IDisk disk, string file, long offset, int bytes, long segmentBytes)
    {
        if (offset == 0)
        {
            DeleteIfThere(disk, file);
            disk.Create(file);
        }

        disk.Write(file, offset, [new byte[bytes]]);
        disk.Sync(file);
        if (offset + bytes >= segmentBytes)
        {
            disk.SyncDirectory();
        }
    }

    private static void DeleteIfThere(IDisk disk, string file)
    {
        foreach (var name in disk.List())
        {
            if (name == file)
            {
                disk.Delete(file);
                disk.SyncDirectory();
                return;
            }
        }
    }
}

/// <summary>Reads entries back from the disk and verifies each.</summary>
internal sealed class ReadOperation(
    GroupLog group, LogIndex first, LogIndex last, int bytesMax, ulong cookie) : DiskOperation
{
    private const int WindowBytes = 256 << 10;

    public GroupLog Group => group;

    public LogIndex First => first;

    public LogIndex Last => last;

    public int BytesMax => bytesMax;

    public ulong Cookie => cookie;

    public required ulong[] Locations { get; init; }

    public List<LogEntry> Entries { get; } = [];

    /// <summary>What was found damaged, if anything.</summary>
    public LogDamagedException? Damage { get; private set; }

    /// <summary>Whether a part of the range was removed since: what was read is another history.</summary>
    public bool IsVoid { get; private set; }

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
        FileWindow? window = null;
        ulong sequence = 0;
        long bytes = 0;
        for (var i = 0; i < Locations.Length; i++)
        {
            var location = Locations[i];
            if (window is null || location >> 32 != sequence)
            {
                sequence = location >> 32;
                window = new FileWindow(disk, LogFormat.SegmentName(sequence), WindowBytes);
            }

            var entry = ReadOne(window, (long)(uint)location * 8, first + (ulong)i);
            bytes += EntryTail.SizeOf(entry);
            if (i > 0 && bytes > bytesMax)
            {
                return;
            }

            Entries.Add(entry);
        }
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
