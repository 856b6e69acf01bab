namespace Ikada.Simulation.Checkers;

/// <summary>I2, leader append-only (§5.3): a leader never overwrites or deletes entries in its log; it
/// only appends.</summary>
internal sealed class LeaderAppendOnly
{
    public const string Property = "I2 leader append-only";

    /// <summary>A node, which led in <paramref name="term"/> before and after a step, dropped entries in
    /// it.</summary>
    public static void Truncated(int node, ulong term, ulong lastBefore, ulong kept)
    {
        if (kept < lastBefore)
        {
            throw new PropertyViolatedException(
                Property,
                $"n{node + 1}, leader of term {term}, dropped entries {kept + 1} to {lastBefore} of its "
                + "own log");
        }
    }
}
