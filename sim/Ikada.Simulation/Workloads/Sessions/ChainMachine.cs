using System.Buffers;
using System.Buffers.Binary;
using Ikada.Primitives;
using Ikada.StateMachine;

namespace Ikada.Simulation.Workloads.Sessions;

/// <summary>
/// A machine on which everything shows that is applied twice, left out or exchanged: each command makes the
/// chain longer by its number. The result of a command is the chain that it made.
/// </summary>
internal sealed class ChainMachine : IStateMachine
{
    private const int SnapshotBytes = 8 + Chain.Bytes;
    private Chain _chain;

    public LogIndex AppliedIndex { get; private set; }

    public LogIndex DurableAppliedIndex => LogIndex.Zero;

    public ulong StateHash => _chain.Hash;

    public void Apply(ReadOnlySpan<CommittedCommand> commands, LogIndex upTo, IApplyResults results)
    {
        for (var i = 0; i < commands.Length; i++)
        {
            var number = ChainCommand.NumberOf(commands[i].Body.Span);
            _chain = _chain.Longer(number);
            if (commands[i].WantsResult)
            {
                results.Set(i, _chain.Result(number));
            }
        }

        AppliedIndex = upTo;
    }

    public void Query(ReadOnlySpan<byte> query, IBufferWriter<byte> answer)
    {
        _chain.Encode(answer.GetSpan(Chain.Bytes));
        answer.Advance(Chain.Bytes);
    }

    public IStateSnapshot CaptureSnapshot() => new View(AppliedIndex, _chain);

    public void Restore(ReadOnlySequence<byte> snapshot)
    {
        if (snapshot.Length != SnapshotBytes)
        {
            throw new InvalidDataException($"{snapshot.Length} bytes are no snapshot of a chain");
        }

        var bytes = snapshot.ToArray();
        AppliedIndex = new LogIndex(BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        _chain = Chain.Decode(bytes.AsSpan(8));
    }

    private sealed record View(LogIndex AppliedIndex, Chain Chain) : IStateSnapshot
    {
        public void WriteTo(IBufferWriter<byte> writer)
        {
            var bytes = writer.GetSpan(SnapshotBytes);
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, AppliedIndex.Value);
            Chain.Encode(bytes[8..]);
            writer.Advance(SnapshotBytes);
        }
    }
}

/// <summary>How many commands were applied, and a hash of their numbers in their order.</summary>
internal readonly record struct Chain(ulong Length, ulong Hash)
{
    public const int Bytes = 16;

    public Chain Longer(ulong number) =>
        new(Length + 1, ulong.RotateLeft(Hash ^ (number + 1), 27) * 0x9E3779B97F4A7C15);

    /// <summary>The result of the command of that number, which has made it: longer for some than for
    /// others.</summary>
    public byte[] Result(ulong number)
    {
        var result = new byte[Bytes + (int)(number % 128)];
        Encode(result);
        return result;
    }

    public void Encode(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(target, Length);
        BinaryPrimitives.WriteUInt64LittleEndian(target[8..], Hash);
    }

    public static Chain Decode(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadUInt64LittleEndian(bytes), BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]));
}

/// <summary>A command for the chain: its number, then that of the operation.</summary>
internal static class ChainCommand
{
    public static byte[] Encode(ulong number, long operation)
    {
        var bytes = new byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, number);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8), operation);
        return bytes;
    }

    public static ulong NumberOf(ReadOnlySpan<byte> command) =>
        BinaryPrimitives.ReadUInt64LittleEndian(command);
}
