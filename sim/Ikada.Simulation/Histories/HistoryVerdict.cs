namespace Ikada.Simulation.Histories;

/// <summary>What a check found.</summary>
public enum HistoryOutcome
{
    /// <summary>The operations on every key can be ordered.</summary>
    Linearizable = 0,

    /// <summary>Those on some key cannot.</summary>
    NotLinearizable,

    /// <summary>The bounds were reached before all keys were judged, and none of the others is
    /// wrong.</summary>
    GaveUp,
}

/// <summary>What a check found.</summary>
/// <param name="Outcome">The verdict.</param>
/// <param name="WrongKeys">The keys whose operations cannot be ordered.</param>
/// <param name="UndecidedKeys">The keys given up.</param>
/// <param name="Smallest">Of a wrong key operations that cannot be ordered; null if no key is
/// wrong.</param>
/// <param name="States">How many states were remembered.</param>
public sealed record HistoryVerdict(
    HistoryOutcome Outcome, IReadOnlyList<int> WrongKeys, IReadOnlyList<int> UndecidedKeys,
    SmallestSet? Smallest, long States);

/// <summary>
/// Operations on one key that cannot be ordered, whether or not the other writes on the key happened at their
/// times; and wherever the only write of a value that one of the operations found is put, if it is not among
/// them.
/// </summary>
/// <param name="Key">The key.</param>
/// <param name="Ops">The operations, by start.</param>
/// <param name="IsProven">Whether it is known that no fewer operations of the key are such a set. Otherwise
/// it is known only that none of these can be left out, or (<paramref name="IsMinimal"/> false) not even
/// that, since the bounds were reached.</param>
/// <param name="IsMinimal">Whether none of them can be left out.</param>
public sealed record SmallestSet(int Key, IReadOnlyList<HistoryOp> Ops, bool IsProven, bool IsMinimal);
