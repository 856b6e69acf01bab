namespace Ikada.Simulation.Checkers;

/// <summary>
/// I6, committed prefixes never conflict: what any node ever called committed, in one log, against which every later
/// commit and apply is held.
/// </summary>
internal sealed class CommittedLog
{
    public const string Property = "I6 committed prefixes never conflict";
    private readonly LogMirror _log = new();

    /// <summary>The highest index that any node called committed.</summary>
    public ulong Last => _log.Last;

    public ulong TermAt(ulong index) => _log.TermAt(index);

    public ulong ChainAt(ulong index) => _log.ChainAt(index);

    /// <summary>A node calls its log up to <paramref name="index"/> committed; <paramref name="checksumOf"/> gives what its
    /// entry at an index is.</summary>
    public void Commits(int node, LogMirror log, ulong index, Func<ulong, uint> checksumOf)
    {
        if (index > log.Last)
        {
            throw new PropertyViolatedException(
                Property, $"n{node + 1} commits up to {index} while its log ends at {log.Last}");
        }

        var shared = Math.Min(index, _log.Last);
        if (log.ChainAt(shared) != _log.ChainAt(shared))
        {
            throw new PropertyViolatedException(
                Property,
                $"n{node + 1} commits up to {index} (term {log.TermAt(shared)} at {shared}), but its log differs there "
                + $"from what was committed before (term {_log.TermAt(shared)} at {shared})");
        }

        while (_log.Last < index)
        {
            _log.Append(log.TermAt(_log.Last + 1), checksumOf(_log.Last + 1));
        }
    }
}
