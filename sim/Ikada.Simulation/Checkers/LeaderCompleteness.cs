namespace Ikada.Simulation.Checkers;

/// <summary>I4, leader completeness (§5.4): what is committed is in the log of the leaders of all later
/// terms.</summary>
internal sealed class LeaderCompleteness
{
    public const string Property = "I4 leader completeness";

    /// <summary>A node was elected.</summary>
    public static void Elected(int node, ulong term, LogMirror log, CommittedLog committed)
    {
        // Only what was committed in earlier terms binds a leader: votes of an old term may arrive after
        // a later one's commit.
        var last = committed.Last;
        while (last > 0 && committed.CommittedIn(last) >= term)
        {
            last--;
        }

        if (log.Last < last || log.ChainAt(last) != committed.ChainAt(last))
        {
            throw new PropertyViolatedException(
                Property,
                $"n{node + 1} was elected in term {term} with a log ending at {log.LastTerm}/{log.Last} "
                + "that lacks "
                + $"committed entries up to {committed.TermAt(last)}/{last}");
        }
    }
}
