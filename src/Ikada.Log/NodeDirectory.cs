using System.Buffers.Binary;
using Ikada.Log.Format;
using Ikada.Log.Snapshots;
using Ikada.Primitives;

namespace Ikada.Log;

/// <summary>The small file that says whose directory it is. Replaced as a whole: written aside, synced,
/// renamed, directory synced.</summary>
public static class NodeDirectory
{
    /// <summary>The name of the file.</summary>
    public const string FileName = "node.identity";

    private const string AsideName = "node.identity.new";
    private const ulong Magic = 0x5249_4441_4441_4B49; // "IKADADIR"
    private const uint Version = 1;
    private const int Bytes = 64;
    private const uint LogCreatedFlag = 1;
    private const uint StartingOverFlag = 2;
    private const uint StartedOverFlag = 4;
    private const string LostPrefix = "lost-";

    /// <summary>Opens the directory of a member, or makes it one, and raises its start count
    /// durably.</summary>
    /// <exception cref="LogOpenException">The directory is another member's, or its identity cannot be
    /// read.</exception>
    public static DirectoryIdentity Open(IDisk disk, ClusterId cluster, NodeId node, RandomSource random)
    {
        if (Read(disk) is not { } found)
        {
            CheckHasNoLog(disk);
            var fresh = new DirectoryIdentity(
                cluster, node, new Incarnation(random.NextUInt64()), new StartCount(1));
            Write(disk, fresh, 0);
            return fresh;
        }

        var (identity, flags) = found;
        if (identity.Cluster != cluster || identity.Node != node)
        {
            throw new ForeignDirectoryException(
                $"{FileName} says that the directory belongs to member {identity.Node} of cluster "
                    + $"{identity.Cluster}, "
                + $"but it is opened as member {node} of cluster {cluster}. Point the node to its own "
                + $"directory, or to "
                + "an empty one; check name, peer URLs and cluster token.");
        }

        if ((flags & StartingOverFlag) != 0)
        {
            return BeginAnew(disk, identity, random);
        }

        var next = identity with { StartCount = new StartCount(identity.StartCount.Value + 1) };
        Write(disk, next, flags);
        return next;
    }

    /// <summary>The identity of a directory, or null if it has none yet. Changes nothing.</summary>
    /// <exception cref="LogOpenException">It cannot be read.</exception>
    public static DirectoryIdentity? Peek(IDisk disk) => Read(disk)?.Identity;

    /// <summary>Turns the directory of a member that lost its log, or a vote, into a fresh one under a new
    /// incarnation: for the others it is a wiped one, to be added again. The segments are kept beside under
    /// other names. Cut by a crash, it is completed by the next <see cref="Open"/>: the identity says
    /// first, durably, that the old log must not be opened any more, and gets the new incarnation
    /// last.</summary>
    /// <exception cref="LogOpenException">The identity cannot be read.</exception>
    public static DirectoryIdentity StartOver(IDisk disk, RandomSource random)
    {
        if (Read(disk) is not { } found)
        {
            throw new LogDamagedException(FileName, 0, "the file is missing");
        }

        Write(disk, found.Identity, found.Flags | StartingOverFlag);
        return BeginAnew(disk, found.Identity, random);
    }

    /// <summary>A log may be made anew only where none was made before.</summary>
    internal static void CheckLogMayBeNew(IDisk disk, DirectoryIdentity identity)
    {
        if (Read(disk) is { } found && (found.Flags & LogCreatedFlag) != 0)
        {
            throw new LogDamagedException(
                $"The directory of member {identity.Node} had a log, and its segments are gone. "
                    + $"{LogDamagedException.Remedy}");
        }
    }

    private static DirectoryIdentity BeginAnew(IDisk disk, DirectoryIdentity lost, RandomSource random)
    {
        foreach (var name in disk.List())
        {
            if (LogFormat.TryParseSegmentName(name, out _)
                || SnapshotNames.TryParse(name, out _, out _, out _))
            {
                disk.Rename(name, $"{LostPrefix}{lost.Incarnation}-{name}");
            }
        }

        disk.SyncDirectory();
        var fresh = lost with
        {
            Incarnation = new Incarnation(random.NextUInt64()),
            StartCount = new StartCount(1),
            IsStartedOver = true,
        };
        Write(disk, fresh, 0);
        return fresh;
    }

    internal static void SetCluster(IDisk disk, ClusterId cluster)
    {
        if (Read(disk) is { } found)
        {
            Write(disk, found.Identity with { Cluster = cluster }, found.Flags);
        }
    }

    internal static void MarkLogCreated(IDisk disk)
    {
        if (Read(disk) is { } found && (found.Flags & LogCreatedFlag) == 0)
        {
            Write(disk, found.Identity, found.Flags | LogCreatedFlag);
        }
    }

    private static bool Exists(IDisk disk, string wanted)
    {
        foreach (var name in disk.List())
        {
            if (name == wanted)
            {
                return true;
            }
        }

        return false;
    }

    private static void CheckHasNoLog(IDisk disk)
    {
        foreach (var name in disk.List())
        {
            if (LogFormat.TryParseSegmentName(name, out _))
            {
                throw new LogDamagedException(
                    $"{FileName} is missing, but {name} is there. {LogDamagedException.Remedy}");
            }
        }
    }

    private static (DirectoryIdentity Identity, uint Flags)? Read(IDisk disk)
    {
        if (!Exists(disk, FileName))
        {
            return null;
        }

        var bytes = new byte[Bytes];
        var read = disk.Read(FileName, 0, bytes);
        var reader = new FieldReader(bytes);
        var magic = reader.UInt64();
        var version = reader.UInt32();
        if (read < 16 || magic != Magic || reader.UInt32() != Crc32C.Compute(bytes.AsSpan(0, 12)))
        {
            throw new LogDamagedException(FileName, 0, "it is not an identity file, or was changed");
        }

        if (version != Version)
        {
            throw FormatVersionException.For(FileName, version, Version);
        }

        var identity = new DirectoryIdentity(
            new ClusterId(reader.UInt64()),
            new NodeId(reader.UInt64()),
            new Incarnation(reader.UInt64()),
            new StartCount(reader.UInt64()));
        var flags = reader.UInt32();
        identity = identity with { IsStartedOver = (flags & StartedOverFlag) != 0 };
        reader.UInt64();
        if (read < Bytes || disk.GetLength(FileName) != Bytes
            || reader.UInt32() != Crc32C.Compute(bytes.AsSpan(0, Bytes - 4)))
        {
            throw new LogDamagedException(FileName, 0, "its checksum does not fit");
        }

        return (identity, flags);
    }

    private static void Write(IDisk disk, DirectoryIdentity identity, uint flags)
    {
        var bytes = new byte[Bytes];
        var writer = new FieldWriter(bytes);
        writer.UInt64(Magic);
        writer.UInt32(Version);
        writer.UInt32(Crc32C.Compute(bytes.AsSpan(0, 12)));
        writer.UInt64(identity.Cluster.Value);
        writer.UInt64(identity.Node.Value);
        writer.UInt64(identity.Incarnation.Value);
        writer.UInt64(identity.StartCount.Value);
        writer.UInt32(flags | (identity.IsStartedOver ? StartedOverFlag : 0));
        writer.UInt64(0);
        BinaryPrimitives.WriteUInt32LittleEndian(
            bytes.AsSpan(Bytes - 4), Crc32C.Compute(bytes.AsSpan(0, Bytes - 4)));
        try
        {
            Replace(disk, bytes);
        }
        catch (DiskException failure) when (failure.IsNoSpace)
        {
            throw NoSpaceToOpenException.For(failure);
        }
    }

    private static void Replace(IDisk disk, byte[] bytes)
    {
        if (Exists(disk, AsideName))
        {
            disk.Delete(AsideName);
        }

        disk.Create(AsideName);
        disk.Write(AsideName, 0, [bytes]);
        disk.Sync(AsideName);
        // First its own name: a power cut that kept the renaming, but not the deletion of an older one of
        // that name, would put the older one in place.
        disk.SyncDirectory();
        disk.Rename(AsideName, FileName);
        disk.SyncDirectory();
    }
}
