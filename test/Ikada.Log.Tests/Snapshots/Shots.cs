using System.Buffers;
using Ikada.Log.Snapshots;
using Ikada.Primitives;

namespace Ikada.Log.Tests.Snapshots;

/// <summary>Makes snapshots of a content that can be told from every other, and reads them back.</summary>
internal static class Shots
{
    public const int SmallBlock = 1000;
    public static readonly GroupId Group = LogFixture.Group;

    public static LogPosition At(ulong index, ulong term = 3) => new(new LogIndex(index), new Term(term));

    public static byte[] Content(ulong index, int bytes)
    {
        var content = new byte[bytes];
        var random = new RandomSource(index + 1);
        for (var i = 0; i < bytes; i++)
        {
            content[i] = (byte)random.NextBelow(256);
        }

        return content;
    }

    public static SaveSnapshot Saving(
        ulong index, int bytes, GroupId? group = null, int blockBytes = SmallBlock) => new(
            group ?? Group, At(index), LogFixture.Members,
            writer => writer.Write(Content(index, bytes)), blockBytes);

    public static SnapshotDescriptor Save(
        IDisk disk, ulong index, int bytes, GroupId? group = null, int blockBytes = SmallBlock)
    {
        var save = Run(Saving(index, bytes, group, blockBytes), disk);
        Assert.Null(save.Error);
        Assert.NotNull(save.Result);
        return save.Result;
    }

    public static T Run<T>(T operation, IDisk disk)
        where T : SnapshotOperation
    {
        operation.Execute(disk);
        return operation;
    }

    public static byte[] Load(IDisk disk, SnapshotDescriptor descriptor)
    {
        var load = Run(new LoadSnapshot(descriptor), disk);
        Assert.Null(load.Error);
        Assert.Null(load.Damage);
        return load.Content!.Value.ToArray();
    }

    public static byte[] FileOf(IDisk disk, string name)
    {
        var bytes = new byte[disk.GetLength(name)];
        disk.Read(name, 0, bytes);
        return bytes;
    }

    public static string NameOf(SnapshotDescriptor descriptor) => string.Create(
        null, $"snapshot-{descriptor.Group.Value:x16}-{descriptor.Position.Index.Value:x16}"
            + $"-{descriptor.Position.Term.Value:x16}");

    /// <summary>Puts a file in place of another, durably.</summary>
    public static void Put(IDisk disk, string name, ReadOnlyMemory<byte> bytes)
    {
        if (disk.List().Contains(name))
        {
            disk.Delete(name);
        }

        disk.Create(name);
        disk.Write(name, 0, [bytes]);
        disk.Sync(name);
        disk.SyncDirectory();
    }
}
