namespace Ikada.Log;

/// <summary>
/// The file operations the log decides on: one directory, flat names, each call one operation, done when it
/// returns. The real one is over the file system, the simulated one over a model of a page cache that crashes
/// can empty. Any failure throws <see cref="DiskException"/>; nothing is retried.
/// </summary>
public interface IDisk
{
    /// <summary>The names of all files in the directory, in ordinal order.</summary>
    IReadOnlyList<string> List();

    /// <summary>The length of a file in bytes.</summary>
    long GetLength(string name);

    /// <summary>Creates an empty file; it must not exist. Its name is durable only after
    /// <see cref="SyncDirectory"/>.</summary>
    void Create(string name);

    /// <summary>Reads at an offset; returns fewer bytes than asked only at the end of the file.</summary>
    int Read(string name, long offsetBytes, Span<byte> into);

    /// <summary>Writes the buffers one after the other at an offset, growing the file where needed. Not
    /// durable until <see cref="Sync"/>.</summary>
    void Write(string name, long offsetBytes, IReadOnlyList<ReadOnlyMemory<byte>> buffers);

    /// <summary>Makes the content of a file durable (fdatasync). A failure is final: the pages may be
    /// lost.</summary>
    void Sync(string name);

    /// <summary>Renames, replacing the target. Durable only after <see cref="SyncDirectory"/>.</summary>
    void Rename(string from, string to);

    /// <summary>Deletes. Durable only after <see cref="SyncDirectory"/>.</summary>
    void Delete(string name);

    /// <summary>Makes creations, renames and deletions durable.</summary>
    void SyncDirectory();

    /// <summary>Lets go of what memory holds of a file that has been synced, so that the next read comes from
    /// the device. A hint: a disk without such a memory does nothing.</summary>
    void DropCache(string name)
    {
    }
}

/// <summary>Takes operations to be done in order, one at a time, by the disk thread; each is handed back,
/// done, to <see cref="WriteAheadLog.Complete"/> on the thread that owns the log.</summary>
public interface IDiskQueue
{
    /// <summary>Queues one.</summary>
    void Submit(DiskOperation operation);
}

/// <summary>What a <see cref="DiskOperation"/> is for.</summary>
public enum DiskWork
{
    /// <summary>Neither of the following.</summary>
    Other,

    /// <summary>A batch of records, written and synced.</summary>
    Batch,

    /// <summary>A piece of the next segment, zeroed and synced.</summary>
    Preparation,

    /// <summary>Entries read back.</summary>
    Read,

    /// <summary>A segment that holds nothing any more, put aside or deleted.</summary>
    Freeing,
}

/// <summary>One operation for the disk thread: what it does is decided by the log, where it runs by the
/// host.</summary>
public abstract class DiskOperation
{
    /// <summary>What sort of work it is, for who counts and measures.</summary>
    public virtual DiskWork Work => DiskWork.Other;

    /// <summary>The bytes it writes or has read.</summary>
    public virtual long ByteCount => 0;

    /// <summary>The records it writes, or the entries it has read.</summary>
    public virtual int RecordCount => 0;

    /// <summary>The failure, once <see cref="Execute"/> has failed.</summary>
    public DiskException? Error { get; private set; }

    /// <summary>Does it, on the disk thread. Failures are kept in <see cref="Error"/>.</summary>
    public void Execute(IDisk disk)
    {
        Error = null;
        try
        {
            Run(disk);
        }
        catch (DiskException failure)
        {
            Error = failure;
        }
    }

    /// <summary>The work.</summary>
    protected abstract void Run(IDisk disk);
}

/// <summary>A disk operation failed. After a failed write or sync the node must stop: what the disk holds is
/// not known.</summary>
public sealed class DiskException : Exception
{
    /// <summary>Makes one that names operation, file and cause.</summary>
    public DiskException(string operation, string file, string cause, bool isNoSpace = false)
        : base($"{operation} of {file} failed: {cause}")
    {
        Operation = operation;
        File = file;
        IsNoSpace = isNoSpace;
    }

    /// <summary>Makes one.</summary>
    public DiskException(string message)
        : base(message)
    {
    }

    /// <summary>Makes one.</summary>
    public DiskException(string message, Exception inner)
        : base(message, inner)
    {
    }

    /// <summary>Makes one.</summary>
    public DiskException()
    {
    }

    /// <summary>What was tried: "fdatasync", "write" ….</summary>
    public string Operation { get; } = string.Empty;

    /// <summary>What to do about one that stopped the log.</summary>
    internal const string Remedy = "It is not tried again, since nobody knows what the disk holds now. Look "
        + "at the disk and the kernel's log, then start the node again: it keeps what is durable, and the "
        + "others give it the rest. If the disk is bad, replace it and add the node anew as a learner.";

    /// <summary>Whether it failed for want of space (or quota): of all failures the one that passes.
    /// </summary>
    public bool IsNoSpace { get; }

    /// <summary>On which file.</summary>
    public string File { get; } = string.Empty;
}
