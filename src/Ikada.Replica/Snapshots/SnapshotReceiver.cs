using Ikada.Consensus;
using Ikada.Log.Snapshots;
using Ikada.Primitives;

namespace Ikada.Replica.Snapshots;

/// <summary>
/// Receives snapshots, one at a time: pieces are written in order, and when all are there the whole is
/// checked. Only then does consensus hear of it, which decides whether it is installed. What arrived damaged
/// is dropped and begun anew.
/// </summary>
internal sealed class SnapshotReceiver(
    ReplicaParts parts, SnapshotShelf shelf, TimeSpan patience, Instant now)
{
    private const int WritesMax = 16;
    private IncomingSnapshot? _incoming;
    private IncomingSnapshot? _arrived;
    private Instant _refuseUntil = now;
    private Instant _askAt = now;
    private int _turn;

    /// <summary>Whether one is on its way here.</summary>
    public bool IsReceiving => _incoming is not null;

    private bool IsAsking => parts.Core.NeededSnapshot != LogIndex.Zero;

    /// <summary>When <see cref="Look"/> has something to do.</summary>
    public Instant Deadline => IsAsking && !parts.Core.IsInstalling ? _askAt : Instant.Never;

    /// <summary>One is offered.</summary>
    public void Offered(
        Instant now, in Message message, ReadOnlySpan<LogEntry> entries, PeerIdentity sender)
    {
        if (entries.Length != 1 || !SnapshotDescriptor.TryDecode(entries[0].Body.Span, out var offered)
            || offered!.Group != parts.Log.Group || offered.Position != message.Position
            || SnapshotDesk.NameOf(offered) != message.End)
        {
            parts.Ports.Observe(Fact.PeerMisbehaved, message.From);
            return;
        }

        // While one is checked or installed nothing is answered: it is offered again.
        if (IsStale(message) || parts.Core.IsInstalling || _arrived is not null
            || _incoming is { IsFinishing: true })
        {
            return;
        }

        if (!parts.Core.IsOfUse(offered.Position))
        {
            // All that it brings is here already.
            Answer(message, offered.FileBytes);
            return;
        }

        if (_incoming is { } current && current.Snapshot != offered && !TakesPlaceOf(current, message, now))
        {
            return;
        }

        if (now < _refuseUntil)
        {
            Refuse(message, isDamaged: false);
            return;
        }

        if (_incoming?.Snapshot != offered)
        {
            DropIncoming();
            _incoming = new IncomingSnapshot(offered, now);
        }

        _incoming!.Offered(message, sender, now);
        Answer(message, _incoming.Taken);
    }

    /// <summary>A piece arrived.</summary>
    public void PieceArrived(Instant now, in Message message, ReadOnlySpan<LogEntry> entries)
    {
        if (_incoming is not { IsFinishing: false } incoming || message.From != incoming.From
            || message.Sequence != incoming.Offer || message.Position != incoming.Snapshot.Position
            || IsStale(message))
        {
            return;
        }

        if (entries.Length != 1 || entries[0].Body.Length == 0 || message.Round >= (ulong)long.MaxValue
            || entries[0].Body.Length > incoming.Snapshot.FileBytes - (long)message.Round)
        {
            parts.Ports.Observe(Fact.PeerMisbehaved, message.From);
            return;
        }

        var bytes = entries[0].Body;
        incoming.Heard = now;
        incoming.BytesMoved += bytes.Length;
        var offset = (long)message.Round;
        if (offset > incoming.Taken && incoming.GapTold != incoming.Taken)
        {
            incoming.GapTold = incoming.Taken;
            Answer(message, incoming.Taken);
        }
        else if (offset == incoming.Taken && incoming.Writing.Count < WritesMax)
        {
            var write = new WriteSnapshotPiece(incoming.Snapshot, offset, bytes);
            incoming.Writing.Enqueue(write);
            incoming.Taken += bytes.Length;
            parts.Ports.Submit(write);
        }
    }

    /// <summary>A piece was written.</summary>
    public void PieceWritten(Instant now, WriteSnapshotPiece write)
    {
        if (_incoming is not { } incoming || !incoming.Writing.TryPeek(out var first) || first != write)
        {
            return; // of one that was dropped since
        }

        incoming.Writing.Dequeue();
        if (write.Error is { } error)
        {
            Failed(now, error, incoming);
        }
        else if (write.Damage is { } damage)
        {
            // Who sends it finds no answer and offers it again, from the beginning.
            Tell(incoming, $"{damage.File}: {damage.What}");
            DropIncoming();
        }
        else if (write.OffsetBytes + write.Bytes.Length == incoming.Snapshot.FileBytes)
        {
            incoming.IsFinishing = true;
            parts.Ports.Submit(new FinishSnapshot(incoming.Snapshot));
        }
        else
        {
            Answer(AnswerTo(incoming), write.OffsetBytes + write.Bytes.Length);
        }
    }

    /// <summary>All of one was checked.</summary>
    public void Finished(Instant now, FinishSnapshot finish)
    {
        if (_incoming is not { IsFinishing: true } incoming || finish.WasCancelled)
        {
            return;
        }

        if (finish.Error is { } error)
        {
            Failed(now, error, incoming);
            return;
        }

        _incoming = null;
        if (!finish.IsGood)
        {
            Tell(incoming, $"what arrived is damaged: {finish.Damage!.What}");
            Refuse(AnswerTo(incoming), isDamaged: true);
            return;
        }

        _arrived = incoming;
        Answer(AnswerTo(incoming), incoming.Snapshot.FileBytes);
        parts.Ports.Observe(new SnapshotFact(SnapshotFactKind.Received, incoming.Snapshot.Position)
        {
            Peer = incoming.From, Bytes = incoming.Snapshot.FileBytes, BytesMoved = incoming.BytesMoved,
            Took = now - incoming.Started,
        });
        var message = new Message
        {
            Type = MessageType.InstallSnapshot, From = incoming.From, To = parts.Core.Self,
            // Where it was asked for it is taken from anybody.
            Term = IsAsking ? default : incoming.Term,
            Position = incoming.Snapshot.Position,
        };
        parts.Next.SnapshotReceived(message, incoming.Snapshot, incoming.Sender);
    }

    /// <summary>Consensus has it installed.</summary>
    public SnapshotDescriptor TakeArrived()
    {
        var arrived = _arrived;
        Invariant.Check(arrived is not null, $"a snapshot is installed, but none has arrived");
        _arrived = null;
        return arrived.Snapshot;
    }

    /// <summary>Consensus does not want it.</summary>
    public void DropArrived()
    {
        if (_arrived is { Snapshot: var arrived } && arrived != shelf.Newest && arrived != shelf.Older)
        {
            parts.Ports.Submit(new DeleteSnapshot(arrived));
        }

        _arrived = null;
    }

    /// <summary>What its sender sent may be lost.</summary>
    public void ConnectionClosed(NodeId peer)
    {
        if (_incoming is { } incoming && incoming.From == peer)
        {
            incoming.IsCut = true;
        }
    }

    /// <summary>After each batch: forgets what is of no use any more; asks for a snapshot where all are
    /// lost.</summary>
    public void Look(Instant now)
    {
        if (_incoming is { IsFinishing: false } incoming && !parts.Core.IsInstalling
            && !parts.Core.IsOfUse(incoming.Snapshot.Position))
        {
            DropIncoming();
        }

        if (now >= Deadline)
        {
            _askAt = now + patience;
            if (_incoming is not { IsCut: false } current || now - current.Heard > 2 * patience)
            {
                AskNext();
            }
        }
    }

    private void AskNext()
    {
        if (parts.Divergence.IsQuarantined)
        {
            // Only the leader knows whether the majority has its state.
            if (parts.Core.Leader is { IsNone: false } leader && leader != parts.Core.Self)
            {
                Ask(leader, isRebuilt: true);
            }

            return;
        }

        var members = parts.Core.Reachable.Members;
        for (var tries = 0; tries < members.Length; tries++)
        {
            _turn = (_turn + 1) % members.Length;
            if (members[_turn].Id != parts.Core.Self)
            {
                Ask(members[_turn].Id, isRebuilt: false);
                return;
            }
        }
    }

    // One that cannot be sent is asked for at the next turn.
    private void Ask(NodeId member, bool isRebuilt) => _ = parts.Ports.Send(
        new Message
        {
            Type = MessageType.SnapshotRequest, From = parts.Core.Self, To = member,
            Term = parts.Core.DurableHardState.Term,
            Position = new LogPosition(parts.Core.NeededSnapshot, default), Sequence = isRebuilt ? 1UL : 0,
        },
        default);

    // A deposed leader's. Where one is asked for, terms play no part.
    private bool IsStale(in Message message) =>
        !IsAsking && message.Term < parts.Core.Term;

    // One order of any two, or they take each other's place for ever: the newer leader's, of one leader's or
    // of those asked for the higher one; but any if the sender of the other is gone.
    private bool TakesPlaceOf(IncomingSnapshot current, in Message message, Instant now)
    {
        var isNewer = !IsAsking && message.Term != current.Term
            ? message.Term > current.Term
            : message.Position.Index > current.Snapshot.Position.Index;
        return isNewer || message.From == current.From || current.IsCut || now - current.Heard > 2 * patience;
    }

    private void Failed(Instant now, Log.DiskException error, IncomingSnapshot incoming)
    {
        if (!error.IsNoSpace)
        {
            parts.Ports.Stop($"a snapshot that arrives could not be written: {error.Message}");
            return;
        }

        // The part was deleted.
        _refuseUntil = now + parts.Options.SnapshotRetryDelay;
        Tell(incoming, $"{error.Message}; none is taken for "
            + $"{parts.Options.SnapshotRetryDelay.TotalSeconds} s. Make room on the disk");
        Refuse(AnswerTo(incoming), isDamaged: false);
        _incoming = null;
    }

    private void Tell(IncomingSnapshot incoming, string reason) =>
        parts.Ports.Observe(new SnapshotFact(SnapshotFactKind.Failed, incoming.Snapshot.Position)
        {
            Peer = incoming.From, Reason = reason,
        });

    private void DropIncoming()
    {
        if (_incoming is { } incoming)
        {
            parts.Ports.Submit(new DropPart(incoming.Snapshot));
            _incoming = null;
        }
    }

    private static Message AnswerTo(IncomingSnapshot incoming) => new()
    {
        From = incoming.From, Position = incoming.Snapshot.Position,
        End = SnapshotDesk.NameOf(incoming.Snapshot), Sequence = incoming.Offer,
    };

    private void Answer(in Message to, long offset) => Send(to, (ulong)offset, reject: false);

    private void Refuse(in Message to, bool isDamaged) => Send(to, isDamaged ? 1ul : 0, reject: true);

    // One that is lost is made up for by the next offer.
    private void Send(in Message to, ulong round, bool reject) => _ = parts.Ports.Send(
        new Message
        {
            Type = MessageType.SnapshotAnswer, From = parts.Core.Self, To = to.From,
            Term = parts.Core.DurableHardState.Term, Position = to.Position, End = to.End, Round = round,
            Sequence = to.Sequence, Reject = reject,
        },
        default);
}
