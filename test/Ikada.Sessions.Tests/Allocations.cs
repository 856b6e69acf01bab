using Ikada.Primitives;
using Ikada.StateMachine;

namespace Ikada.Sessions.Tests;

public sealed class Allocations
{
    private const int Batch = 256;

    // An array of one byte, as long as this one takes.
    private const long BytesPerAnswer = 32;

    [Fact]
    public void A_command_costs_the_answer_that_is_kept_and_nothing_else()
    {
        var machine = new SessionMachine(new Mute());
        var results = new Ignored();
        machine.Apply(
            [new CommittedCommand(new(1), 1, SessionCommand.EncodeOpen(new SessionOptions()), false)],
            new(1), results);
        var batches = Enumerable.Range(0, 40).Select(Commands).ToArray();
        var warm = batches.Length / 2;
        foreach (var batch in batches[..warm])
        {
            machine.Apply(batch, batch[^1].Index, results);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var batch in batches.AsSpan(warm))
        {
            machine.Apply(batch, batch[^1].Index, results);
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal((batches.Length - warm) * Batch * BytesPerAnswer, allocated);
    }

    private static CommittedCommand[] Commands(int batch)
    {
        var commands = new CommittedCommand[Batch];
        for (var i = 0; i < Batch; i++)
        {
            var sequence = (ulong)((batch * Batch) + i + 1);
            commands[i] = new CommittedCommand(
                new LogIndex(sequence + 1), 1, Driver.Of(1, sequence, sequence - 1), false);
        }

        return commands;
    }

    private sealed class Ignored : IApplyResults
    {
        public void Set(int position, ReadOnlyMemory<byte> result)
        {
        }
    }

    // Applies by standing where it was told to, and answers nothing.
    private sealed class Mute : IStateMachine
    {
        public LogIndex AppliedIndex { get; private set; }

        public LogIndex DurableAppliedIndex => LogIndex.Zero;

        public ulong StateHash => 0;

        public void Apply(ReadOnlySpan<CommittedCommand> commands, LogIndex upTo, IApplyResults results) =>
            AppliedIndex = upTo;

        public void Query(ReadOnlySpan<byte> query, System.Buffers.IBufferWriter<byte> answer) =>
            throw new NotSupportedException();

        public IStateSnapshot CaptureSnapshot() => throw new NotSupportedException();

        public void Restore(System.Buffers.ReadOnlySequence<byte> snapshot) =>
            throw new NotSupportedException();
    }
}
