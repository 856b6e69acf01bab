namespace Ikada.Simulation.Histories;

/// <summary>What a client asked for.</summary>
public enum HistoryOpKind
{
    /// <summary>Reads a key.</summary>
    Get = 0,

    /// <summary>Writes a value, whatever was there.</summary>
    Put,

    /// <summary>Removes a key, which may be missing already.</summary>
    Delete,

    /// <summary>Writes a value if the key holds the expected one.</summary>
    CompareAndSet,
}

/// <summary>What a client was told.</summary>
public enum HistoryResult
{
    /// <summary>It happened; a get found a value.</summary>
    Ok = 0,

    /// <summary>A get found nothing.</summary>
    Missing,

    /// <summary>A compare-and-set found another value than the expected one, and wrote nothing.</summary>
    Mismatch,

    /// <summary>It may happen at any time from its start on, or never.</summary>
    Unknown,

    /// <summary>It certainly never happens.</summary>
    Failed,
}

/// <summary>One operation of a history. Values are numbers that <see cref="History"/> gives; equal strings
/// have equal numbers.</summary>
/// <param name="Client">Who asked; for people only: a client may overlap with itself.</param>
/// <param name="Start">When it was called: nanoseconds on one monotonic clock.</param>
/// <param name="End">When it was answered; <see cref="long.MaxValue"/> if the outcome is unknown.</param>
/// <param name="Kind">What was asked.</param>
/// <param name="Result">What was answered.</param>
/// <param name="Value">The value read or written; <see cref="History.MissingValue"/> where there is
/// none.</param>
/// <param name="From">A compare-and-set: the expected value.</param>
/// <param name="Line">Its line in the file, from 1 on; 0 if it came from no file.</param>
public readonly record struct HistoryOp(
    long Client, long Start, long End, HistoryOpKind Kind, HistoryResult Result, int Value, int From,
    long Line)
{
    /// <summary>The value that was there if it happened; <see cref="History.MissingValue"/> too if it does
    /// not say.</summary>
    internal int Found => Kind switch
    {
        HistoryOpKind.Get => Value,
        HistoryOpKind.CompareAndSet when Result != HistoryResult.Mismatch => From,
        _ => History.MissingValue,
    };

    /// <summary>The value that is there after it if it happened; <see cref="History.MissingValue"/> too if it
    /// leaves what was there.</summary>
    internal int Left => Kind == HistoryOpKind.Get || Result == HistoryResult.Mismatch
        ? History.MissingValue : Value;
}
