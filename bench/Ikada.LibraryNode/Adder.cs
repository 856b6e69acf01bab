using System.Buffers;
using System.Buffers.Binary;
using Ikada.Primitives;
using Ikada.StateMachine;

namespace Ikada.LibraryNode;

/// <summary>Counts commands and adds up their bytes: all that a command costs here is agreement.</summary>
internal sealed class Adder : IStateMachine
{
    private const int SnapshotBytes = 24;
    private long _commands;
    private long _bytes;
    private LogIndex _applied;

    public LogIndex AppliedIndex => _applied;

    public LogIndex DurableAppliedIndex => default;

    public ulong StateHash => (ulong)_commands ^ ((ulong)_bytes << 20);

    public void Apply(ReadOnlySpan<CommittedCommand> commands, LogIndex upTo, IApplyResults results)
    {
        foreach (ref readonly var command in commands)
        {
            _commands++;
            _bytes += command.Body.Length;
        }

        _applied = upTo;
    }

    public void Query(ReadOnlySpan<byte> query, IBufferWriter<byte> answer)
    {
        BinaryPrimitives.WriteInt64LittleEndian(answer.GetSpan(sizeof(long)), _bytes);
        answer.Advance(sizeof(long));
    }

    public IStateSnapshot CaptureSnapshot() => new Snapshot(_applied, _commands, _bytes);

    public void Restore(ReadOnlySequence<byte> snapshot)
    {
        if (snapshot.Length != SnapshotBytes)
        {
            throw new InvalidDataException($"a snapshot has {SnapshotBytes} bytes, not {snapshot.Length}");
        }

        var bytes = snapshot.ToArray().AsSpan();
        _applied = new LogIndex(BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        _commands = BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]);
        _bytes = BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]);
    }

    private sealed record Snapshot(LogIndex AppliedIndex, long Commands, long Bytes) : IStateSnapshot
    {
        public void WriteTo(IBufferWriter<byte> writer)
        {
            var bytes = writer.GetSpan(SnapshotBytes);
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, AppliedIndex.Value);
            BinaryPrimitives.WriteInt64LittleEndian(bytes[8..], Commands);
            BinaryPrimitives.WriteInt64LittleEndian(bytes[16..], Bytes);
            writer.Advance(SnapshotBytes);
        }
    }
}
