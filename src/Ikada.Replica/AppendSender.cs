using Ikada.Consensus;
using Ikada.Log;
using Ikada.Primitives;

namespace Ikada.Replica;

/// <summary>
/// Fills entry bodies into the leader's Append messages: from the log's tail in memory, and for a peer that
/// is behind it from the disk. While a peer waits for the disk its later messages wait behind, so that
/// order holds.
/// </summary>
internal sealed class AppendSender(ConsensusCore core, GroupLog log, IReplicaPorts ports, int waitingMax)
{
    private readonly SortedDictionary<NodeId, Lane> _lanes = [];
    private readonly SortedDictionary<ulong, Lane> _reading = [];
    private readonly List<LogEntry> _entries = [];
    private ulong _cookie = RaftReplica.ApplyCookie;

    /// <summary>Sends, or queues behind a read from the disk. False: dropped, the core must probe.</summary>
    public bool Send(in Message message, Term lastTerm)
    {
        var lane = LaneOf(message.To);
        if (lane.Waiting.Count == 0)
        {
            return Fill(lane, message, lastTerm);
        }

        // Also one without entries waits: it asks whether those before it have arrived. One that waits
        // already (a probe, at each answered heartbeat) need not wait twice.
        if (!lane.Holds(message))
        {
            if (lane.Waiting.Count >= waitingMax)
            {
                return false;
            }

            lane.Waiting.Enqueue((message, lastTerm));
        }

        return true;
    }

    /// <summary>Entries came from the disk: the message that waited for them goes, then those behind it.
    /// False: something was dropped; the peer is named.</summary>
    public bool EntriesRead(ulong cookie, ReadOnlySpan<LogEntry> entries, out NodeId peer)
    {
        if (!_reading.Remove(cookie, out var lane) || !lane.Waiting.TryDequeue(out var first))
        {
            peer = default;
            return true;
        }

        lane.IsReading = false;
        peer = first.Message.To;
        var sent = !IsCurrent(first.Message, first.LastTerm) || Complete(first.Message, entries);
        while (sent && lane.Waiting.TryDequeue(out var next))
        {
            sent = !IsCurrent(next.Message, next.LastTerm) || Fill(lane, next.Message, next.LastTerm);
            if (lane.IsReading)
            {
                return sent;
            }
        }

        if (!sent)
        {
            lane.Waiting.Clear();
        }

        return sent;
    }

    // A message of an ended leadership, or of entries that were since dropped, is of no use to anybody.
    private bool IsCurrent(in Message message, Term lastTerm) =>
        core.Role == Role.Leader && core.Term == message.Term
            && core.Holds(new LogPosition(message.End, lastTerm));

    private bool Fill(Lane lane, in Message message, Term lastTerm)
    {
        _entries.Clear();
        for (var index = message.Position.Index.Next; index <= message.End; index = index.Next)
        {
            if (!log.TryGet(index, out var entry))
            {
                ReadFromDisk(lane, message, lastTerm);
                return true;
            }

            _entries.Add(entry);
        }

        return SendFilled(message);
    }

    private void ReadFromDisk(Lane lane, in Message message, Term lastTerm)
    {
        // The tail holds the newest entries: what is missing is a prefix of the range.
        var last = message.End;
        while (last > message.Position.Index && log.TryGet(last, out _))
        {
            last = last.Previous;
        }

        // The message itself waits at the head of its lane.
        var behind = lane.Waiting.ToArray();
        lane.Waiting.Clear();
        lane.Waiting.Enqueue((message, lastTerm));
        foreach (var other in behind)
        {
            lane.Waiting.Enqueue(other);
        }

        _cookie++;
        lane.IsReading = true;
        _reading.Add(_cookie, lane);
        log.ReadBack(message.Position.Index.Next, last, int.MaxValue, _cookie);
    }

    private bool Complete(in Message message, ReadOnlySpan<LogEntry> entries)
    {
        _entries.Clear();
        _entries.AddRange(entries);
        var rest = message.Position.Index + (ulong)entries.Length + 1;
        for (var index = rest; index <= message.End; index = index.Next)
        {
            if (!log.TryGet(index, out var entry))
            {
                return false;
            }

            _entries.Add(entry);
        }

        return SendFilled(message);
    }

    private bool SendFilled(in Message message)
    {
        foreach (var entry in _entries)
        {
            if (!core.Holds(entry.Position))
            {
                return false;
            }
        }

        return ports.Send(message, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_entries));
    }

    private Lane LaneOf(NodeId peer)
    {
        if (!_lanes.TryGetValue(peer, out var lane))
        {
            lane = new Lane();
            _lanes.Add(peer, lane);
        }

        return lane;
    }

    private sealed class Lane
    {
        public Queue<(Message Message, Term LastTerm)> Waiting { get; } = new();

        public bool IsReading { get; set; }

        public bool Holds(in Message message)
        {
            foreach (var (waiting, _) in Waiting)
            {
                if (waiting.Position == message.Position && waiting.End == message.End
                    && waiting.Term == message.Term)
                {
                    return true;
                }
            }

            return false;
        }
    }
}
