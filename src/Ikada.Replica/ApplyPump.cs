using Ikada.Consensus;
using Ikada.Log;
using Ikada.Primitives;
using Ikada.Replica.Divergence;
using Ikada.StateMachine;

namespace Ikada.Replica;

/// <summary>
/// Hands committed entries to the state machine, in order, one request at a time. An entry goes only when
/// it is committed and durable in this node's own log: otherwise a crash could leave a state ahead of its
/// log. One that cannot be read is waited for.
/// </summary>
internal sealed class ApplyPump(
    ConsensusCore core,
    GroupLog log,
    IReplicaPorts ports,
    OutstandingWrites writes,
    ReplicaOptions options,
    LogIndex applied)
{
    private readonly List<LogEntry> _entries = [];
    private readonly List<CommittedCommand> _commands = [];
    private readonly List<LogPosition> _positions = [];
    private readonly List<Proposal?> _waiting = [];
    private readonly List<(LogPosition Position, Proposal Proposal)> _changes = [];
    private bool _busy;
    private bool _reading;
    private bool _isReadVoid;
    private bool _isRequestVoid;

    /// <summary>Where the state machine stands.</summary>
    public LogIndex Applied { get; private set; } = applied;

    /// <summary>Up to where entries were handed over.</summary>
    public LogIndex HandedOver { get; private set; } = applied;

    /// <summary>Whether nothing is handed over: a snapshot takes the place of the state, or must.</summary>
    public bool IsPaused { get; private set; } = core.IsStateMissing;

    /// <summary>No request reaches beyond this index, and <see cref="AtStop"/> is called, once, when one that
    /// ends there was handed over; 0, or passed: there is none.</summary>
    public LogIndex StopAt { get; set; }

    /// <summary>Asks the machine for more, before the next request.</summary>
    public Action? AtStop { get; set; }

    /// <summary>The state is wrong: nothing more is applied to it, and nothing counts as applied.</summary>
    public void Condemn()
    {
        IsPaused = true;
        _isRequestVoid = _busy;
        Applied = HandedOver = LogIndex.Zero;
    }

    /// <summary>A snapshot is being installed.</summary>
    public void Pause() => IsPaused = true;

    /// <summary>The state is that of a snapshot.</summary>
    public void Installed(LogIndex index)
    {
        Invariant.Check(
            !_busy && index >= Applied, $"a snapshot of {index} is installed over a state of {Applied}");
        Applied = HandedOver = index;
        IsPaused = false;
        _isReadVoid = _reading;
    }

    /// <summary>Hands over what may be applied, unless a request is under way.</summary>
    public void Pump()
    {
        var upTo = LogIndex.Min(
            LogIndex.Min(core.Commit, core.Durable), core.FirstDamagedAfter(HandedOver).Previous);
        if (_busy || _reading || IsPaused || upTo <= HandedOver)
        {
            return;
        }

        _entries.Clear();
        long bytes = 0;
        upTo = LogIndex.Min(upTo, HandedOver + (ulong)options.ApplyEntriesMax);
        // All replicas stop there, so that their states can be compared.
        upTo = LogIndex.Min(upTo, HashRing.NextMark(HandedOver, options.StateMarkEntries));
        upTo = StopAt > HandedOver ? LogIndex.Min(upTo, StopAt) : upTo;
        for (var index = HandedOver.Next; index <= upTo; index = index.Next)
        {
            if (!log.TryGet(index, out var entry))
            {
                break;
            }

            bytes += entry.Body.Length;
            if (_entries.Count > 0 && bytes > options.ApplyBytesMax)
            {
                break;
            }

            _entries.Add(entry);
        }

        if (_entries.Count == 0)
        {
            _reading = true;
            log.ReadBack(HandedOver.Next, upTo, options.ApplyBytesMax, RaftReplica.ApplyCookie);
            return;
        }

        HandOver();
    }

    /// <summary>Older entries came from the disk.</summary>
    public void EntriesRead(ReadOnlySpan<LogEntry> entries)
    {
        _reading = false;
        if (IsPaused || _isReadVoid)
        {
            // Asked for before the snapshot came, which holds them.
            _isReadVoid = false;
            Pump();
            return;
        }

        Invariant.Check(!entries.IsEmpty, $"committed entries after {HandedOver} are not in the log");
        _entries.Clear();
        foreach (var entry in entries)
        {
            if (StopAt > HandedOver && entry.Index > StopAt)
            {
                // Wanted after the read was asked for.
                break;
            }

            _entries.Add(entry);
        }

        HandOver();
    }

    /// <summary>A request was executed.</summary>
    public void Done(ApplyRequest request)
    {
        Invariant.Check(
            _busy && (_isRequestVoid || request.UpTo == HandedOver),
            $"applied up to {request.UpTo}, handed over up to {HandedOver}");
        _busy = false;
        Applied = _isRequestVoid ? Applied : request.UpTo;
        _isRequestVoid = false;
    }

    private void HandOver()
    {
        _commands.Clear();
        _positions.Clear();
        _waiting.Clear();
        _changes.Clear();
        foreach (var entry in _entries)
        {
            var index = HandedOver.Next;
            Invariant.Check(
                entry.Index == index && entry.Term == core.TermAt(index),
                $"entry {entry.Term}/{entry.Index} stands where {core.TermAt(index)}/{index} was committed");
            Invariant.Check(
                entry.HasValidChecksum(log.Group),
                $"entry {entry.Term}/{entry.Index} changed since it was born: checksum differs");
            var waiting = writes.TakeCommitted(entry.Position);
            HandedOver = index;
            if (entry.Kind == EntryKind.Command)
            {
                _commands.Add(new CommittedCommand(index, entry.Version, entry.Body, waiting is not null));
                _positions.Add(entry.Position);
                _waiting.Add(waiting);
            }
            else if (waiting is not null)
            {
                _changes.Add((entry.Position, waiting));
            }
        }

        _busy = true;
        ports.Apply(new ApplyRequest(
            [.. _commands], [.. _positions], [.. _waiting], [.. _changes], HandedOver));
        if (HandedOver == StopAt)
        {
            StopAt = LogIndex.Zero;
            AtStop!();
        }
    }
}
