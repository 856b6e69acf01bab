using System.Buffers;
using System.Buffers.Binary;
using Ikada.Primitives;
using Ikada.StateMachine;

namespace Ikada.Samples.Bank.Tests;

/// <summary>A bank with a planted bug: its snapshots leave out the last account. What comes back of one is
/// of the same length and gives the same snapshot again, so that only somebody who counts the money sees
/// it; and a node needs a snapshot only after a crash, or when it was away for long.</summary>
internal sealed class OffByOneBank(int accounts) : IStateMachine
{
    private readonly Bank _bank = new(accounts);

    public long Total => _bank.Total;

    public LogIndex AppliedIndex => _bank.AppliedIndex;

    public LogIndex DurableAppliedIndex => _bank.DurableAppliedIndex;

    public ulong StateHash => _bank.StateHash;

    public void Apply(ReadOnlySpan<CommittedCommand> commands, LogIndex upTo, IApplyResults results) =>
        _bank.Apply(commands, upTo, results);

    public void Query(ReadOnlySpan<byte> query, IBufferWriter<byte> answer) => _bank.Query(query, answer);

    public IStateSnapshot CaptureSnapshot() => new Shortened(_bank.CaptureSnapshot());

    public void Restore(ReadOnlySequence<byte> snapshot) => _bank.Restore(snapshot);

    private sealed class Shortened(IStateSnapshot whole) : IStateSnapshot
    {
        public LogIndex AppliedIndex => whole.AppliedIndex;

        public void WriteTo(IBufferWriter<byte> writer)
        {
            var bytes = new ArrayBufferWriter<byte>();
            whole.WriteTo(bytes);
            var shortened = bytes.WrittenSpan.ToArray();
            BinaryPrimitives.WriteInt64LittleEndian(shortened.AsSpan(shortened.Length - 8), 0);
            writer.Write(shortened);
        }
    }
}
