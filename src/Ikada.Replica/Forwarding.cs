using Ikada.Consensus;
using Ikada.Primitives;

namespace Ikada.Replica;

/// <summary>
/// A follower's clients: their proposals and reads go to the leader of a named term, under a number of this
/// node that the leader takes once and only in that term. Nothing is ever sent again: dropped before
/// sending is refused, a connection broken after sending is unknown. So is what a leader that
/// answers at once has not answered in several election timeouts: its answer may have been lost with its own
/// connection to us, of which nothing else tells.
/// </summary>
internal sealed class Forwarding
{
    private readonly GroupId _group;
    private readonly ConsensusCore _core;
    private readonly IReplicaPorts _ports;
    private readonly OutstandingWrites _writes;
    private readonly ReadWaiters _reads;
    private readonly int _windowSize;
    private readonly TimeSpan _patience;
    private readonly SortedDictionary<ulong, SentBatch> _sent = [];
    // By directory: a member that lost its disk counts its starts anew.
    private readonly SortedDictionary<(NodeId Node, ulong Incarnation), SequenceWindow> _taken = [];
    private readonly SortedDictionary<ulong, (NodeId Origin, ulong Sequence)> _readsOfOthers = [];
    private readonly SortedDictionary<ulong, SentRead> _readsSent = [];
    private Term _takenTerm;
    private ulong _sequence;

    public Forwarding(
        GroupId group,
        ConsensusCore core,
        IReplicaPorts ports,
        OutstandingWrites writes,
        ReadWaiters reads,
        StartCount start,
        int windowSize,
        TimeSpan patience)
    {
        _group = group;
        _core = core;
        _ports = ports;
        _writes = writes;
        _reads = reads;
        _windowSize = windowSize;
        _patience = patience;
        // Numbers of a later start lie above those of all earlier ones.
        _sequence = start.Value << 40;
    }

    /// <summary>When <see cref="Tick"/> has something to look at.</summary>
    public Instant Deadline { get; private set; } = Instant.Never;

    /// <summary>A number that names a batch or read of this node, unique over all its starts.</summary>
    public ulong NextSequence() => ++_sequence;

    /// <summary>Whether the leader may be spoken to: known, and in a term that is on our own disk.</summary>
    public bool CanForward =>
        !_core.Leader.IsNone && _core.Leader != _core.Self && _core.DurableHardState.Term == _core.Term;

    public void SendProposals(Instant now, Proposal[] proposals)
    {
        var sequence = NextSequence();
        var entries = new LogEntry[proposals.Length];
        for (var i = 0; i < entries.Length; i++)
        {
            entries[i] =
                LogEntry.Create(_group, default, default, EntryKind.Command, 1, proposals[i].Command);
        }

        _sent.Add(sequence, new SentBatch(_core.Leader, _core.Term, now, proposals));
        Deadline = Instant.Min(Deadline, now + _patience);
        if (!_ports.Send(ToLeader(MessageType.ForwardProposal, sequence), entries))
        {
            Dropped(MessageType.ForwardProposal, sequence);
        }
    }

    public void SendRead(Instant now, ulong readId)
    {
        _readsSent.Add(readId, new SentRead(_core.Leader, now));
        Deadline = Instant.Min(Deadline, now + _patience);
        if (!_ports.Send(ToLeader(MessageType.ForwardRead, readId), default))
        {
            Dropped(MessageType.ForwardRead, readId);
        }
    }

    /// <summary>
    /// Leader: whether a forwarded message is for this leadership and new. One for an ended leadership is
    /// refused only where it is sure that it was never taken: of a late copy the original may stand in the
    /// log.
    /// </summary>
    public bool TryTake(in Message message, Incarnation sender)
    {
        if (_core.Role == Role.Leader && _takenTerm != _core.Term)
        {
            _taken.Clear();
            _takenTerm = _core.Term;
        }

        var isForUs = _core.Role == Role.Leader && message.Term == _core.Term;
        if (message.Type == MessageType.ForwardRead && !isForUs)
        {
            Reply(MessageType.ForwardReadReply, message.From, message.Sequence, default, reject: true);
            return false;
        }

        // Taking the number of a message that is refused makes sure that no copy of it is ever appended.
        var isNew = message.Term == _takenTerm && WindowOf(message.From, sender).TryTake(message.Sequence);
        if (isNew && !isForUs)
        {
            RefuseProposals(message.From, message.Sequence, Refusal.NotLeader);
        }

        return isNew && isForUs;
    }

    /// <summary>Leader: answers where forwarded proposals were appended.</summary>
    public void AnswerProposals(NodeId origin, ulong sequence, LogPosition first) =>
        Reply(MessageType.ForwardProposalReply, origin, sequence, first, reject: false);

    /// <summary>Leader: answers that they were not, and never will be. Of the reasons only want of space is
    /// told apart: whoever is refused for another one tries again.</summary>
    public void RefuseProposals(NodeId origin, ulong sequence, Refusal why) => Reply(
        MessageType.ForwardProposalReply, origin, sequence, default, reject: true,
        why == Refusal.NoSpace ? MessageFlags.Full : MessageFlags.None);

    /// <summary>Leader: a read of another node was asked of the core under a number of our own.</summary>
    public void AskedForOther(ulong readId, NodeId origin, ulong sequence) =>
        _readsOfOthers.Add(readId, (origin, sequence));

    /// <summary>Leader: the core answered a read. False if it was one of this node's own.</summary>
    public bool TryAnswerOther(ulong readId, LogIndex index, bool reject)
    {
        if (!_readsOfOthers.Remove(readId, out var asker))
        {
            return false;
        }

        Reply(MessageType.ForwardReadReply, asker.Origin, asker.Sequence, new LogPosition(index, default),
            reject);
        return true;
    }

    /// <summary>Origin: the leader said where the batch stands, or refused it.</summary>
    public void ProposalsAnswered(in Message message, LogIndex handedToApply)
    {
        if (!_sent.Remove(message.Sequence, out var batch))
        {
            return;
        }

        for (var i = 0; i < batch.Proposals.Length; i++)
        {
            if (message.Reject)
            {
                var why = message.Has(MessageFlags.Full) ? Refusal.NoSpace : Refusal.NotLeader;
                batch.Proposals[i].Complete(WriteOutcome.Refused(why, _core.Leader));
                continue;
            }

            var position = new LogPosition(message.Position.Index + (ulong)i, message.Position.Term);
            if (position.Index <= handedToApply)
            {
                // Applied before we knew that it was ours: the result is gone.
                batch.Proposals[i].Complete(WriteOutcome.Unknown);
                continue;
            }

            _writes.Add(position, batch.Proposals[i]);
        }
    }

    public void ReadAnswered(in Message message, LogIndex applied)
    {
        if (!_readsSent.Remove(message.Sequence))
        {
            return;
        }

        if (message.Reject)
        {
            _reads.Refuse(message.Sequence, Refusal.NotLeader, _core.Leader);
        }
        else
        {
            _reads.Confirm(message.Sequence, message.Position.Index, applied, Instant.Never);
        }
    }

    /// <summary>A message of ours was dropped before it was sent: it never happened.</summary>
    public void Dropped(MessageType type, ulong sequence)
    {
        if (type == MessageType.ForwardProposal && _sent.Remove(sequence, out var batch))
        {
            foreach (var proposal in batch.Proposals)
            {
                proposal.Complete(WriteOutcome.Refused(Refusal.Overloaded, _core.Leader));
            }
        }
        else if (type == MessageType.ForwardRead && _readsSent.Remove(sequence))
        {
            _reads.Refuse(sequence, Refusal.Overloaded, _core.Leader);
        }
    }

    /// <summary>The connection to <paramref name="peer"/> broke, or (none given) the leadership
    /// changed.</summary>
    public void GiveUp(NodeId peer)
    {
        List<ulong>? ended = null;
        foreach (var (sequence, batch) in _sent)
        {
            if (batch.Leader == peer || (peer.IsNone && batch.Term != _core.Term))
            {
                (ended ??= []).Add(sequence);
            }
        }

        End(ended);
        List<ulong>? endedReads = null;
        foreach (var (readId, read) in _readsSent)
        {
            if (read.Leader == peer || (peer.IsNone && read.Leader != _core.Leader))
            {
                (endedReads ??= []).Add(readId);
            }
        }

        EndReads(endedReads);
    }

    /// <summary>Time has passed: what has waited too long for its answer ends.</summary>
    public void Tick(Instant now)
    {
        if (now < Deadline)
        {
            return;
        }

        Deadline = Instant.Never;
        List<ulong>? ended = null;
        foreach (var (sequence, batch) in _sent)
        {
            if (IsOver(batch.At, now))
            {
                (ended ??= []).Add(sequence);
            }
        }

        End(ended);
        List<ulong>? endedReads = null;
        foreach (var (readId, read) in _readsSent)
        {
            if (IsOver(read.At, now))
            {
                (endedReads ??= []).Add(readId);
            }
        }

        EndReads(endedReads);
    }

    // What is not over yet is looked at again when it is.
    private bool IsOver(Instant sent, Instant now)
    {
        var end = sent + _patience;
        if (now < end)
        {
            Deadline = Instant.Min(Deadline, end);
        }

        return now >= end;
    }

    private void End(List<ulong>? sequences)
    {
        foreach (var sequence in sequences ?? [])
        {
            _sent.Remove(sequence, out var batch);
            foreach (var proposal in batch!.Proposals)
            {
                proposal.Complete(WriteOutcome.Unknown);
            }
        }
    }

    private void EndReads(List<ulong>? reads)
    {
        foreach (var readId in reads ?? [])
        {
            _readsSent.Remove(readId);
            _reads.Refuse(readId, Refusal.LeadershipLost, _core.Leader);
        }
    }

    private SequenceWindow WindowOf(NodeId origin, Incarnation incarnation)
    {
        if (!_taken.TryGetValue((origin, incarnation.Value), out var window))
        {
            window = new SequenceWindow(_windowSize);
            _taken.Add((origin, incarnation.Value), window);
        }

        return window;
    }

    private Message ToLeader(MessageType type, ulong sequence) => new()
    {
        Type = type, From = _core.Self, To = _core.Leader, Term = _core.Term, Sequence = sequence,
    };

    private void Reply(
        MessageType type, NodeId to, ulong sequence, LogPosition position, bool reject,
        MessageFlags flags = MessageFlags.None)
    {
        // An unsent reply leaves its origin without an answer, as a broken connection would.
        _ = _ports.Send(
            new Message
            {
                Type = type, From = _core.Self, To = to, Term = _core.DurableHardState.Term,
                Sequence = sequence,
                Position = position, Flags = flags | (reject ? MessageFlags.Reject : MessageFlags.None),
            },
            default);
    }

    private sealed record SentBatch(NodeId Leader, Term Term, Instant At, Proposal[] Proposals);

    private readonly record struct SentRead(NodeId Leader, Instant At);
}
