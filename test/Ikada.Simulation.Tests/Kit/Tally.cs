using System.Buffers;
using System.Buffers.Binary;
using Ikada.Primitives;
using Ikada.StateMachine;

namespace Ikada.Simulation.Tests.Kit;

/// <summary>A machine that adds numbers up: a command is a number and its result the sum, and so is the
/// answer to every query. Mistakes are planted by overriding.</summary>
internal class Tally : IStateMachine
{
    private static int s_made;

    /// <summary>Differs between all machines of the process: what a random number, an address or a clock
    /// gives.</summary>
    protected ulong Number { get; } = (ulong)Interlocked.Increment(ref s_made);

    public long Sum { get; protected set; }

    public LogIndex AppliedIndex { get; protected set; }

    public LogIndex DurableAppliedIndex => LogIndex.Zero;

    public virtual ulong StateHash => ((ulong)Sum * 31) + AppliedIndex.Value;

    public virtual void Apply(ReadOnlySpan<CommittedCommand> commands, LogIndex upTo, IApplyResults results)
    {
        for (var i = 0; i < commands.Length; i++)
        {
            var number = BinaryPrimitives.ReadInt64LittleEndian(commands[i].Body.Span);
            var result = Add(commands[i].Index.Value, number);
            if (commands[i].WantsResult)
            {
                results.Set(i, BitConverter.GetBytes(result));
            }
        }

        AppliedIndex = upTo;
    }

    public virtual void Query(ReadOnlySpan<byte> query, IBufferWriter<byte> answer) =>
        answer.Write(BitConverter.GetBytes(Sum));

    public virtual IStateSnapshot CaptureSnapshot() => new Bytes(AppliedIndex, Written());

    public virtual void Restore(ReadOnlySequence<byte> snapshot)
    {
        var bytes = snapshot.ToArray();
        AppliedIndex = new LogIndex(BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        Sum = BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(8));
    }

    protected virtual long Add(ulong index, long number) => Sum += number;

    protected virtual byte[] Written() =>
        [.. BitConverter.GetBytes(AppliedIndex.Value), .. BitConverter.GetBytes(Sum)];

    private sealed class Bytes(LogIndex applied, byte[] bytes) : IStateSnapshot
    {
        public LogIndex AppliedIndex => applied;

        public void WriteTo(IBufferWriter<byte> writer) => writer.Write(bytes);
    }
}

internal sealed class TallyOnDisk : Tally, IStateMachine
{
    public bool IsDurable => true;
}

internal sealed class RandomHash : Tally
{
    public override ulong StateHash => AppliedIndex.Value < 20 ? base.StateHash : base.StateHash + Number;
}

internal sealed class RandomResult : Tally
{
    protected override long Add(ulong index, long number) =>
        base.Add(index, number) + (index < 20 ? 0 : (long)Number);
}

/// <summary>What differs is in the state, and neither in its hash nor in a result.</summary>
internal sealed class RandomState(bool constantHash) : Tally
{
    private ulong _hidden;

    public override ulong StateHash => constantHash ? 7 : base.StateHash;

    protected override long Add(ulong index, long number)
    {
        _hidden = index < 20 ? 0 : Number;
        return base.Add(index, number);
    }

    protected override byte[] Written() => [.. base.Written(), .. BitConverter.GetBytes(_hidden)];
}

/// <summary>Its hash changes with each batch, however many commands are in it.</summary>
internal sealed class LazyHash : Tally
{
    private ulong _hash;

    public override ulong StateHash => _hash;

    public override void Apply(ReadOnlySpan<CommittedCommand> commands, LogIndex upTo, IApplyResults results)
    {
        base.Apply(commands, upTo, results);
        _hash = (_hash * 31) + (ulong)Sum;
    }

    public override void Restore(ReadOnlySequence<byte> snapshot)
    {
        base.Restore(snapshot);
        _hash = BinaryPrimitives.ReadUInt64LittleEndian(snapshot.ToArray().AsSpan(16));
    }

    protected override byte[] Written() => [.. base.Written(), .. BitConverter.GetBytes(_hash)];
}

internal sealed class ConstantHash : Tally
{
    public override ulong StateHash => 7;
}

/// <summary>Starts with a sum that differs from run to run of a process.</summary>
internal sealed class Salted : Tally
{
    public Salted(long salt) => Sum = salt;
}

internal sealed class Throws(ulong at) : Tally
{
    protected override long Add(ulong index, long number) => index < at
        ? base.Add(index, number) : throw new FormatException("no number");
}

/// <summary>Has no snapshot of some states: of those from an index on, or of restored ones.</summary>
internal sealed class ThrowsInSnapshot(ulong at, bool onlyRestored) : Tally
{
    private bool _isRestored;

    public override void Restore(ReadOnlySequence<byte> snapshot)
    {
        base.Restore(snapshot);
        _isRestored = true;
    }

    protected override byte[] Written() =>
        AppliedIndex.Value >= at && (_isRestored || !onlyRestored)
            ? throw new FormatException("no bytes") : base.Written();
}

internal sealed class ThrowsInQuery : Tally
{
    public override void Query(ReadOnlySpan<byte> query, IBufferWriter<byte> answer) =>
        throw new FormatException("no answer");
}

internal sealed class ForgetsIndex : Tally
{
    public override void Restore(ReadOnlySequence<byte> snapshot)
    {
        var before = AppliedIndex;
        base.Restore(snapshot);
        AppliedIndex = before;
    }
}

internal sealed class RestoresOneMore : Tally
{
    public override void Restore(ReadOnlySequence<byte> snapshot)
    {
        base.Restore(snapshot);
        Sum++;
    }
}

/// <summary>Keeps something that is not in its snapshot and shows only in its hash.</summary>
internal sealed class ForgetsCount : Tally
{
    private ulong _count;

    public override ulong StateHash => base.StateHash + (_count << 32);

    protected override long Add(ulong index, long number)
    {
        _count++;
        return base.Add(index, number);
    }
}

/// <summary>Answers from the state before its last batch.</summary>
internal sealed class LateView : Tally
{
    private long _view;

    public override void Apply(ReadOnlySpan<CommittedCommand> commands, LogIndex upTo, IApplyResults results)
    {
        _view = Sum;
        base.Apply(commands, upTo, results);
    }

    public override void Query(ReadOnlySpan<byte> query, IBufferWriter<byte> answer) =>
        answer.Write(BitConverter.GetBytes(_view));

    public override void Restore(ReadOnlySequence<byte> snapshot)
    {
        base.Restore(snapshot);
        _view = Sum;
    }
}

/// <summary>Its snapshot writes what the sum is then.</summary>
internal sealed class LiveSnapshot : Tally
{
    public override IStateSnapshot CaptureSnapshot() => new Live(this, AppliedIndex);

    private sealed class Live(LiveSnapshot machine, LogIndex applied) : IStateSnapshot
    {
        public LogIndex AppliedIndex => applied;

        public void WriteTo(IBufferWriter<byte> writer)
        {
            writer.Write(BitConverter.GetBytes(applied.Value));
            writer.Write(BitConverter.GetBytes(machine.Sum));
        }
    }
}

/// <summary>Counts its queries.</summary>
internal sealed class CountsQueries : Tally
{
    private ulong _queries;

    public override ulong StateHash => base.StateHash + (_queries << 32);

    public override void Query(ReadOnlySpan<byte> query, IBufferWriter<byte> answer)
    {
        _queries++;
        base.Query(query, answer);
    }
}

/// <summary>Takes the commands of a batch, but for the first, as if nobody wanted a result.</summary>
internal sealed class FirstResultOnly : Tally
{
    public override void Apply(
        ReadOnlySpan<CommittedCommand> commands, LogIndex upTo, IApplyResults results) =>
        base.Apply(commands, upTo, new First(results));

    private sealed class First(IApplyResults results) : IApplyResults
    {
        public void Set(int position, ReadOnlyMemory<byte> result)
        {
            if (position == 0)
            {
                results.Set(position, result);
            }
        }
    }
}

/// <summary>Throws when several commands come in one batch.</summary>
internal sealed class OneAtATime : Tally
{
    public override void Apply(ReadOnlySpan<CommittedCommand> commands, LogIndex upTo, IApplyResults results)
    {
        if (commands.Length > 1)
        {
            throw new NotSupportedException("one at a time");
        }

        base.Apply(commands, upTo, results);
    }
}

/// <summary>A mistake that every copy makes alike: multiples of seven are not added.</summary>
internal sealed class SkipsSevens : Tally
{
    protected override long Add(ulong index, long number) => base.Add(index, number % 7 == 0 ? 0 : number);
}

/// <summary>What the machines above must answer.</summary>
internal sealed class TallyModel : ISequentialModel
{
    private long _sum;

    public ReadOnlyMemory<byte> Apply(ReadOnlySpan<byte> command) =>
        BitConverter.GetBytes(_sum += BinaryPrimitives.ReadInt64LittleEndian(command));

    public ReadOnlyMemory<byte> Query(ReadOnlySpan<byte> query) => BitConverter.GetBytes(_sum);
}
