namespace Ikada.Simulation.Histories;

/// <summary>The check of one key.</summary>
internal static class KeyCheck
{
    /// <summary>Whether the operations on a key can be ordered.</summary>
    /// <param name="ops">All of them.</param>
    /// <param name="kept">Which count; empty: all. The others as <see cref="RegisterProblem.Of"/>
    /// says.</param>
    /// <param name="budget">What it may cost.</param>
    public static SearchResult Run(
        IReadOnlyList<HistoryOp> ops, ReadOnlySpan<bool> kept, SearchBudget budget)
    {
        var whole = RegisterProblem.Of(ops, kept, withDifferences: true);
        if (!whole.HasDifferences)
        {
            return RegisterSearch.Run(whole, budget);
        }

        // Without the compare-and-sets that found another value the search has fewer alternatives, and what
        // cannot be ordered without them cannot be ordered with them.
        var part = budget.Part(4);
        var found = RegisterSearch.Run(RegisterProblem.Of(ops, kept, withDifferences: false), part);
        budget.States += part.States;
        return found == SearchResult.Impossible ? found : RegisterSearch.Run(whole, budget);
    }
}
