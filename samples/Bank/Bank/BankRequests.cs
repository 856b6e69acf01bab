using System.Buffers.Binary;

namespace Ikada.Samples.Bank;

/// <summary>The commands and queries of a bank, as bytes.</summary>
public static class BankRequests
{
    private const int TransferBytes = 12;
    private const int BalanceBytes = 4;

    /// <summary>A command: moves money. Its result is one byte: 1 if it was moved, 0 if the balance was too
    /// small.</summary>
    public static byte[] Transfer(int from, int to, int amount)
    {
        var command = new byte[TransferBytes];
        BinaryPrimitives.WriteInt32LittleEndian(command, from);
        BinaryPrimitives.WriteInt32LittleEndian(command.AsSpan(4), to);
        BinaryPrimitives.WriteInt32LittleEndian(command.AsSpan(8), amount);
        return command;
    }

    /// <summary>A query: the balance of an account, eight bytes.</summary>
    public static byte[] Balance(int account)
    {
        var query = new byte[BalanceBytes];
        BinaryPrimitives.WriteInt32LittleEndian(query, account);
        return query;
    }

    /// <summary>A request in words.</summary>
    public static string Text(byte[] request) =>
        TryReadTransfer(request, out var from, out var to, out var amount)
            ? $"transfer {from}→{to} of {amount}"
            : TryReadBalance(request, out var account) ? $"balance of {account}" : "no request of a bank";

    /// <summary>Reads a transfer; false: it is none.</summary>
    internal static bool TryReadTransfer(ReadOnlySpan<byte> command, out int from, out int to, out int amount)
    {
        (from, to, amount) = (0, 0, 0);
        if (command.Length != TransferBytes)
        {
            return false;
        }

        from = BinaryPrimitives.ReadInt32LittleEndian(command);
        to = BinaryPrimitives.ReadInt32LittleEndian(command[4..]);
        amount = BinaryPrimitives.ReadInt32LittleEndian(command[8..]);
        return true;
    }

    /// <summary>Reads a query for a balance; false: it is none.</summary>
    internal static bool TryReadBalance(ReadOnlySpan<byte> query, out int account)
    {
        account = query.Length == BalanceBytes ? BinaryPrimitives.ReadInt32LittleEndian(query) : 0;
        return query.Length == BalanceBytes;
    }
}
