using Ikada.Primitives;

namespace Ikada.Simulation.Checkers;

/// <summary>
/// I6, committed prefixes never conflict: what any node ever called committed, in one log, against which
/// every later
/// commit and apply is held.
/// </summary>
internal sealed class CommittedLog(Membership start)
{
    public const string Property = "I6 committed prefixes never conflict";
    private readonly LogMirror _log = new(start);
    private ulong[] _committedIn = new ulong[256];

    /// <summary>What happened before there were memberships.</summary>
    public CommittedLog()
        : this(Membership.Empty)
    {
    }

    public LogMirror Log => _log;

    /// <summary>The highest index that any node called committed.</summary>
    public ulong Last => _log.Last;

    public ulong TermAt(ulong index) => _log.TermAt(index);

    public ulong ChainAt(ulong index) => _log.ChainAt(index);

    public LogMirror.Entry At(ulong index) => _log.At(index);

    /// <summary>The term in which an index was committed: that of the entry that was counted (I11), whose
    /// leader it was.</summary>
    public ulong CommittedIn(ulong index) => _committedIn[index];

    /// <summary>A node's log forgets what it holds up to there, or takes a snapshot for it.</summary>
    public void CheckBase(int node, ulong index, ulong term)
    {
        if (index > _log.Last || (index > 0 && _log.TermAt(index) != term))
        {
            throw new PropertyViolatedException(
                Property,
                $"the log of n{node + 1} stands on {term}/{index}; committed up to {_log.Last}"
                + (index > _log.Last ? string.Empty : $" is term {_log.TermAt(index)} there"));
        }
    }

    /// <summary>Makes a log that of a snapshot which ends at <paramref name="index"/>: what is committed up to
    /// there, and nothing behind it.</summary>
    public void Install(LogMirror into, ulong index)
    {
        var shared = Math.Min(into.Last, index);
        while (shared > 0 && into.ChainAt(shared) != _log.ChainAt(shared))
        {
            shared--;
        }

        into.TruncateTo(shared);
        for (var next = shared + 1; next <= index; next++)
        {
            var entry = _log.At(next);
            into.Append(entry.Term, entry.Checksum, entry.Kind);
        }
    }

    /// <summary>A node calls its log up to <paramref name="index"/> committed.</summary>
    public void Commits(int node, LogMirror log, ulong index)
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
                $"n{node + 1} commits up to {index} (term {log.TermAt(shared)} at {shared}), but its log "
                + "differs there "
                + $"from what was committed before (term {_log.TermAt(shared)} at {shared})");
        }

        while (_log.Last < index)
        {
            var entry = log.At(_log.Last + 1);
            _log.Append(entry.Term, entry.Checksum, entry.Kind);
            if (_log.Last >= (ulong)_committedIn.Length)
            {
                Array.Resize(ref _committedIn, _committedIn.Length * 2);
            }

            _committedIn[_log.Last] = log.TermAt(index);
        }
    }
}
