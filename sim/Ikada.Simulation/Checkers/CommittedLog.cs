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
