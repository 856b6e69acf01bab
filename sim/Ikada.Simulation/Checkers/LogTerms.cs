namespace Ikada.Simulation.Checkers;

/// <summary>I12: terms along a log never fall, and none is above the node's term.</summary>
internal sealed class LogTerms
{
    public const string Property = "I12 terms along a log never fall";

    /// <summary>An entry stands in a log after one of <paramref name="before"/>.</summary>
    public static void Follows(int node, ulong index, ulong before, ulong term, ulong current)
    {
        if (term < before || term > current || term == 0)
        {
            throw new PropertyViolatedException(
                Property,
                $"n{node + 1}, in term {current}, holds entry {index} of term {term} after one of term "
                + $"{before}");
        }
    }
}
