using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;
using Ikada.Primitives;
using Ikada.StateMachine;

namespace Ikada;

/// <summary>
/// The raw contract over a typed machine: encodes, decodes, keeps the applied index, and lets nobody read
/// while a batch is applied. The hash of the history covers each command's index and result.
/// </summary>
internal sealed class TypedMachine<TCommand, TResult>(
    IStateMachine<TCommand, TResult> machine, ICommandFormat<TCommand, TResult> format)
    : StateMachine.IStateMachine, IGuardedMachine, ICommandWriter<TCommand, TResult>
{
    private const byte FormatVersion = 1;
    private const int HeadBytes = 1 + 8 + 8;
    private readonly Lock _gate = new();
    private readonly ArrayBufferWriter<byte> _result = new();
    private readonly XxHash3 _hashing = new();
    private ulong _applied;
    private ulong _hash;

    public LogIndex AppliedIndex => new(Volatile.Read(ref _applied));

    public LogIndex DurableAppliedIndex => LogIndex.Zero;

    public ulong StateHash => Volatile.Read(ref _hash);

    public void Apply(ReadOnlySpan<CommittedCommand> commands, LogIndex upTo, IApplyResults results)
    {
        lock (_gate)
        {
            for (var i = 0; i < commands.Length; i++)
            {
                Apply(commands[i]);
                Note(commands[i].Index, _result.WrittenSpan);
                if (commands[i].WantsResult)
                {
                    results.Set(i, _result.WrittenSpan.ToArray());
                }
            }

            Volatile.Write(ref _applied, upTo.Value);
        }
    }

    public void Query(ReadOnlySpan<byte> query, IBufferWriter<byte> answer) =>
        throw new NotSupportedException(
            $"{machine.GetType()} is a typed state machine: query it with a function, as in "
                + "raft.QueryAsync(machine => machine.Value)");

    public T Read<T>(Func<T> read)
    {
        lock (_gate)
        {
            return read();
        }
    }

    public IStateSnapshot CaptureSnapshot()
    {
        lock (_gate)
        {
            return new Capture(_applied, _hash, machine.CaptureSnapshot());
        }
    }

    public void Restore(ReadOnlySequence<byte> snapshot)
    {
        var reader = new SequenceReader<byte>(snapshot);
        if (!reader.TryRead(out var version) || version != FormatVersion
            || !reader.TryReadLittleEndian(out long applied) || !reader.TryReadLittleEndian(out long hash))
        {
            throw new InvalidDataException(
                $"The snapshot is none of a typed state machine in format {FormatVersion}: it has "
                    + $"{snapshot.Length} bytes, version {version}.");
        }

        lock (_gate)
        {
            machine.Restore(reader.UnreadSequence);
            Volatile.Write(ref _applied, (ulong)applied);
            Volatile.Write(ref _hash, (ulong)hash);
        }
    }

    public void WriteCommand(TCommand command, IBufferWriter<byte> writer) =>
        format.WriteCommand(command, writer);

    public TResult ReadResult(ReadOnlySpan<byte> bytes) => format.ReadResult(bytes);

    // A batch has many commands, and the one that fails must be told.
    private void Apply(in CommittedCommand command)
    {
        try
        {
            _result.ResetWrittenCount();
            format.WriteResult(
                machine.Apply(command.Index, format.ReadCommand(command.Body.Span)), _result);
        }
        catch (Exception error)
        {
            throw new InvalidOperationException(
                $"{machine.GetType().Name} threw {error.GetType().Name} at the {typeof(TCommand).Name} of "
                    + $"index {command.Index}: {error.Message}",
                error);
        }
    }

    private void Note(LogIndex index, ReadOnlySpan<byte> result)
    {
        Span<byte> head = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(head, _hash);
        BinaryPrimitives.WriteUInt64LittleEndian(head[8..], index.Value);
        _hashing.Append(head);
        _hashing.Append(result);
        Volatile.Write(ref _hash, _hashing.GetCurrentHashAsUInt64());
        _hashing.Reset();
    }

    private sealed class Capture(ulong applied, ulong hash, Action<IBufferWriter<byte>> write)
        : IStateSnapshot
    {
        public LogIndex AppliedIndex => new(applied);

        public void WriteTo(IBufferWriter<byte> writer)
        {
            var head = writer.GetSpan(HeadBytes);
            head[0] = FormatVersion;
            BinaryPrimitives.WriteUInt64LittleEndian(head[1..], applied);
            BinaryPrimitives.WriteUInt64LittleEndian(head[9..], hash);
            writer.Advance(HeadBytes);
            write(writer);
        }
    }
}

/// <summary>A machine that lets functions read it between batches.</summary>
internal interface IGuardedMachine
{
    T Read<T>(Func<T> read);
}

/// <summary>From commands to bytes and from bytes to results.</summary>
internal interface ICommandWriter<in TCommand, out TResult>
{
    void WriteCommand(TCommand command, IBufferWriter<byte> writer);

    TResult ReadResult(ReadOnlySpan<byte> bytes);
}
