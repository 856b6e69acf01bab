using System.Runtime.InteropServices;

namespace Ikada.KeyValue.RocksDb;

/// <summary>RocksDB reported an error. Only a write to a full disk is tried again: otherwise the node stops,
/// and after a start goes on from what is durable.</summary>
public sealed class RocksDbException : IOException
{
    /// <summary>Makes one.</summary>
    public RocksDbException()
    {
    }

    /// <summary>Makes one.</summary>
    public RocksDbException(string message)
        : base(message)
    {
    }

    /// <summary>Makes one.</summary>
    public RocksDbException(string message, Exception inner)
        : base(message, inner)
    {
    }

    /// <summary>Whether stored bytes are not what was written. Nothing but a new store mends that.</summary>
    public bool IsDamage { get; init; }

    /// <summary>Whether what a call has reported is that the disk is full.</summary>
    internal static bool IsNoSpace(nint error) =>
        error != 0 && IsNoSpace(Marshal.PtrToStringUTF8(error)!);

    /// <summary>The same of an exception's message.</summary>
    internal static bool IsNoSpace(string text) => text.Contains("No space left", StringComparison.Ordinal);

    /// <summary>Throws what a call has reported, and frees it.</summary>
    internal static void ThrowIf(nint error, string operation)
    {
        if (error != 0)
        {
            var text = Marshal.PtrToStringUTF8(error);
            Rocks.Free(error);
            throw new RocksDbException($"RocksDB cannot {operation}: {text}")
            {
                IsDamage = text?.Contains("Corruption", StringComparison.Ordinal) == true,
            };
        }
    }
}
