using System.Buffers.Binary;
using DotNext.IO;
using DotNext.Net.Cluster.Consensus.Raft.StateMachine;

namespace Ikada.DotNextNode;

/// <summary>Counts commands and adds up their bytes: all that a command costs here is agreement.</summary>
internal sealed class Adder(DirectoryInfo snapshots) : SimpleStateMachine(snapshots)
{
    private const int SnapshotBytes = 16;

    // The log forgets what a snapshot covers.
    private const long SnapshotEvery = 100_000;
    private long _commands;
    private long _bytes;

    protected override ValueTask<bool> ApplyAsync(LogEntry entry, CancellationToken token)
    {
        if (entry.TryGetPayload(out var payload))
        {
            _commands++;
            _bytes += payload.Length;
        }

        return new(entry.Index % SnapshotEvery == 0);
    }

    protected override ValueTask PersistAsync(IAsyncBinaryWriter writer, CancellationToken token)
    {
        var bytes = new byte[SnapshotBytes];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, _commands);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8), _bytes);
        return writer.Invoke(bytes, token);
    }

    protected override async ValueTask RestoreAsync(FileInfo snapshotFile, CancellationToken token)
    {
        var bytes = await File.ReadAllBytesAsync(snapshotFile.FullName, token);
        _commands = BinaryPrimitives.ReadInt64LittleEndian(bytes);
        _bytes = BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(8));
    }
}
