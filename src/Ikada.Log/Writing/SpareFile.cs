namespace Ikada.Log.Writing;

/// <summary>A file that is made the next segment: filled with zeros under a name that means nothing, so that
/// a segment is there as a whole or not at all.</summary>
/// <param name="Name">Its name until it is ready. A file there is used again if it has the size.</param>
/// <param name="Target">The name of the segment; a file there is one that was never used. Null: it stays in
/// reserve.</param>
/// <param name="SegmentBytes">Its size.</param>
internal sealed record SpareFile(string Name, string? Target, long SegmentBytes)
{
    private static readonly byte[] Zeros = new byte[256 << 10];

    /// <summary>Fills a piece and syncs it; with the last one the file gets its name.</summary>
    public void Prepare(IDisk disk, long offset, int bytes)
    {
        if (offset == 0)
        {
            Create(disk);
        }

        if (bytes > 0)
        {
            disk.Write(Name, offset, ZerosOf(bytes));
            disk.Sync(Name);
        }

        if (offset + bytes >= SegmentBytes)
        {
            if (Target is not null)
            {
                disk.Rename(Name, Target);
            }

            disk.SyncDirectory();
        }
    }

    /// <summary>Gives back the space of one that could not be finished.</summary>
    public void GiveUp(IDisk disk)
    {
        foreach (var name in disk.List())
        {
            if (name == Name)
            {
                disk.Delete(Name);
                disk.SyncDirectory();
                return;
            }
        }
    }

    private static List<ReadOnlyMemory<byte>> ZerosOf(int bytes)
    {
        var pieces = new List<ReadOnlyMemory<byte>>((bytes / Zeros.Length) + 1);
        for (; bytes > 0; bytes -= Zeros.Length)
        {
            pieces.Add(Zeros.AsMemory(0, Math.Min(bytes, Zeros.Length)));
        }

        return pieces;
    }

    private void Create(IDisk disk)
    {
        foreach (var name in disk.List())
        {
            if (name == Name)
            {
                if (disk.GetLength(Name) == SegmentBytes)
                {
                    return;
                }

                // Durably: a later renaming must never give the old one the segment's name.
                disk.Delete(Name);
                disk.SyncDirectory();
                break;
            }
        }

        disk.Create(Name);
    }
}
