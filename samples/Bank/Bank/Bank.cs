using System.Buffers;
using System.Buffers.Binary;
using Ikada.Primitives;
using Ikada.StateMachine;

namespace Ikada.Samples.Bank;

/// <summary>
/// A replicated bank: accounts that start with the same balance, and transfers between them. A batch works
/// on a copy of the balances and publishes it at its end, so that a query, which may come from any thread,
/// never sees half a transfer.
/// </summary>
public sealed class Bank : IStateMachine
{
    /// <summary>What every account starts with.</summary>
    public const long StartBalance = 100;

    private const int HeadBytes = 20;
    private volatile State _state;

    /// <summary>A bank of so many accounts.</summary>
    public Bank(int accounts)
    {
        var balances = new long[accounts];
        Array.Fill(balances, StartBalance);
        _state = new State(LogIndex.Zero, 0, balances);
    }

    /// <summary>The money of all accounts.</summary>
    public long Total => _state.Balances.Sum();

    /// <inheritdoc/>
    public LogIndex AppliedIndex => _state.Applied;

    /// <inheritdoc/>
    public LogIndex DurableAppliedIndex => LogIndex.Zero;

    /// <inheritdoc/>
    public ulong StateHash => _state.Hash;

    /// <inheritdoc/>
    public void Apply(ReadOnlySpan<CommittedCommand> commands, LogIndex upTo, IApplyResults results)
    {
        ArgumentNullException.ThrowIfNull(results);
        var (balances, hash) = ((long[])_state.Balances.Clone(), _state.Hash);
        for (var i = 0; i < commands.Length; i++)
        {
            var moved = Move(balances, commands[i].Body.Span);
            hash = Mix(hash, commands[i].Body.Span, moved);
            if (commands[i].WantsResult)
            {
                results.Set(i, new[] { moved ? (byte)1 : (byte)0 });
            }
        }

        _state = new State(upTo, hash, balances);
    }

    /// <inheritdoc/>
    public void Query(ReadOnlySpan<byte> query, IBufferWriter<byte> answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        var balances = _state.Balances;
        if (BankRequests.TryReadBalance(query, out var account) && IsAccount(balances, account))
        {
            BinaryPrimitives.WriteInt64LittleEndian(answer.GetSpan(8), balances[account]);
            answer.Advance(8);
        }
    }

    /// <inheritdoc/>
    public IStateSnapshot CaptureSnapshot() => _state;

    /// <inheritdoc/>
    public void Restore(ReadOnlySequence<byte> snapshot)
    {
        var bytes = snapshot.ToArray();
        if (bytes.Length < HeadBytes
            || bytes.Length != HeadBytes + (8L * BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(16))))
        {
            throw new InvalidDataException($"{bytes.Length} bytes are no snapshot of a bank");
        }

        var balances = new long[(bytes.Length - HeadBytes) / 8];
        for (var i = 0; i < balances.Length; i++)
        {
            balances[i] = BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(HeadBytes + (8 * i)));
        }

        _state = new State(
            new LogIndex(BinaryPrimitives.ReadUInt64LittleEndian(bytes)),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(8)), balances);
    }

    private static bool Move(long[] balances, ReadOnlySpan<byte> command)
    {
        if (!BankRequests.TryReadTransfer(command, out var from, out var to, out var amount)
            || !IsAccount(balances, from) || !IsAccount(balances, to)
            || amount < 0 || balances[from] < amount)
        {
            return false;
        }

        balances[from] -= amount;
        balances[to] += amount;
        return true;
    }

    private static bool IsAccount(long[] balances, int account) => account >= 0 && account < balances.Length;

    // FNV-1a over the commands and what became of them: the history of effects.
    private static ulong Mix(ulong hash, ReadOnlySpan<byte> command, bool moved)
    {
        const ulong Prime = 0x100000001B3;
        foreach (var value in command)
        {
            hash = (hash ^ value) * Prime;
        }

        return (hash ^ (moved ? 1UL : 2UL)) * Prime;
    }

    // Never changed once it is published, and so its own snapshot.
    private sealed record State(LogIndex Applied, ulong Hash, long[] Balances) : IStateSnapshot
    {
        public LogIndex AppliedIndex => Applied;

        public void WriteTo(IBufferWriter<byte> writer)
        {
            var bytes = writer.GetSpan(HeadBytes + (8 * Balances.Length));
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, Applied.Value);
            BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], Hash);
            BinaryPrimitives.WriteInt32LittleEndian(bytes[16..], Balances.Length);
            for (var i = 0; i < Balances.Length; i++)
            {
                BinaryPrimitives.WriteInt64LittleEndian(bytes[(HeadBytes + (8 * i))..], Balances[i]);
            }

            writer.Advance(HeadBytes + (8 * Balances.Length));
        }
    }
}
