using Ikada.Consensus;
using Ikada.Log.Snapshots;
using Ikada.Primitives;

namespace Ikada.Replica.Snapshots;

/// <summary>
/// Sends snapshots in pieces: to followers that the log does not reach any more, because consensus asks for
/// it, and to nodes that have lost theirs and ask themselves. A few pieces are on their way at a time; what
/// the receiver has it says, so that a transfer goes on where it was cut; all transfers together keep to a
/// rate.
/// </summary>
internal sealed class SnapshotSender
{
    private const int SilencesMax = 20;
    private readonly ReplicaParts _parts;
    private readonly SnapshotShelf _shelf;
    private readonly SnapshotKeeper _keeper;
    private readonly TokenBucket _rate;
    private readonly TimeSpan _patience;
    private readonly TimeSpan _pause;
    private readonly List<SnapshotTransfer> _transfers = [];
    private ulong _offers;
    private int _turn;

    public SnapshotSender(
        ReplicaParts parts, SnapshotShelf shelf, SnapshotKeeper keeper, ReplicaStart start, Instant now)
    {
        (_parts, _shelf, _keeper) = (parts, shelf, keeper);
        _patience = start.Consensus.ElectionTimeout;
        _pause = start.Consensus.HeartbeatInterval;
        // Numbers of a later start lie above those of all earlier ones.
        _offers = start.Identity.StartCount.Value << 40;
        var rate = parts.Options.SnapshotBytesPerSecondMax;
        _rate = new TokenBucket(rate, Math.Max(rate / 16, parts.Options.SnapshotPieceBytes), now);
    }

    /// <summary>How many are on their way.</summary>
    public int Count => _transfers.Count;

    /// <summary>When <see cref="Look"/> has something to do.</summary>
    public Instant Deadline
    {
        get
        {
            var next = Instant.Never;
            foreach (var transfer in _transfers)
            {
                next = transfer.IsAwaiting ? Instant.Min(next, transfer.ResendAt) : next;
                if (MaySend(transfer))
                {
                    var ready = _rate.ReadyAt(LengthOfNext(transfer));
                    next = Instant.Min(next, ready > transfer.HoldUntil ? ready : transfer.HoldUntil);
                }
            }

            return next;
        }
    }

    /// <summary>Consensus wants a peer to get one that ends at <paramref name="first"/> or later; asked again
    /// when the peer's connection opens anew. If there is none yet, one is taken, and it asks
    /// again.</summary>
    public void Start(NodeId peer, LogIndex first, Instant now)
    {
        if (_parts.Divergence.IsQuarantined)
        {
            return; // the state is wrong; it hands over
        }

        var transfer = Find(peer);
        if (transfer is { Snapshot: var old }
            && (old.Position.Index < first || !_shelf.IsVerified(old)))
        {
            Drop(transfer);
            transfer = null;
        }

        if (transfer is null && Best(first) is { } snapshot)
        {
            transfer = Begin(peer, snapshot, now);
        }

        if (transfer is null)
        {
            _keeper.Want(first);
            return;
        }

        transfer.IsForConsensus = true;
        _parts.Next.SnapshotStarted(peer, transfer.Snapshot.Position);
        Offer(transfer, now);
    }

    /// <summary>Consensus wants no more of it.</summary>
    public void Abort(NodeId peer)
    {
        if (Find(peer) is { IsForConsensus: true } transfer)
        {
            Drop(transfer);
        }
    }

    /// <summary>A node asks for one itself.</summary>
    public void Asked(in Message message, Instant now)
    {
        var first = message.Position.Index;
        if (_parts.Core.IsStateMissing || _parts.Divergence.IsQuarantined
            || Find(message.From) is { IsCut: false })
        {
            return;
        }

        if (Find(message.From) is { } cut)
        {
            Drop(cut);
        }

        var best = Best(first);
        if (message.Sequence != 0 && best is not null
            && !_parts.Divergence.MayRebuildFrom(best.Position.Index))
        {
            return; // it asks again, and by then the states have been compared
        }

        if (best is { } snapshot)
        {
            Offer(Begin(message.From, snapshot, now), now);
        }
        else if (_parts.Apply.Applied >= first)
        {
            _keeper.Want(first);
        }
    }

    /// <summary>No more of any is sent.</summary>
    public void DropAll()
    {
        for (var i = _transfers.Count - 1; i >= 0; i--)
        {
            End(_transfers[i], succeeded: false);
        }
    }

    /// <summary>The receiver said what it has.</summary>
    public void Answered(in Message message, Instant now)
    {
        if (Find(message.From) is not { } transfer || transfer.IsCut || transfer.Offer != message.Sequence
            || transfer.Snapshot.Position != message.Position)
        {
            return;
        }

        (transfer.Silences, transfer.ResendAt) = (0, now + _patience);
        var size = transfer.Snapshot.FileBytes;
        if (message.Reject)
        {
            Refused(transfer, isDamaged: message.Round != 0);
        }
        else if (message.Round > (ulong)size)
        {
            _parts.Ports.Observe(Fact.PeerMisbehaved, message.From);
        }
        else if (message.Round == (ulong)size)
        {
            Arrived(transfer, now);
        }
        else
        {
            transfer.Answered((long)message.Round);
        }
    }

    /// <summary>A piece was read.</summary>
    public void PieceRead(ReadSnapshotPiece piece, Instant now)
    {
        if (piece.Error is { } error)
        {
            _parts.Ports.Stop($"a snapshot could not be read: {error.Message}");
            return;
        }

        var transfer = _transfers.Find(each => each.Takes(piece));
        if (transfer is null)
        {
            return;
        }

        if (piece.Damage is { } damage)
        {
            _keeper.Damaged(piece.Descriptor, $"{damage.File}: {damage.What}");
            End(transfer, succeeded: false);
            return;
        }

        transfer.ResendAt = now + _patience;
        if (Send(transfer, MessageType.SnapshotPiece, piece.OffsetBytes, piece.Bytes))
        {
            transfer.BytesMoved += piece.LengthBytes;
            return;
        }

        // The queue is full, or nobody is there: not at once again.
        transfer.GoBack(piece.OffsetBytes);
        transfer.HoldUntil = now + _pause;
    }

    /// <summary>What was sent to the peer may be lost. A transfer for consensus waits until it asks again;
    /// who asked itself asks again.</summary>
    public void ConnectionClosed(NodeId peer)
    {
        if (Find(peer) is { IsForConsensus: true } transfer)
        {
            transfer.Cut();
        }
        else if (Find(peer) is { } asked)
        {
            Drop(asked);
        }
    }

    /// <summary>After each batch: offers again what was not answered, reads on.</summary>
    public void Look(Instant now)
    {
        for (var i = _transfers.Count - 1; i >= 0; i--)
        {
            LookAfter(_transfers[i], now);
        }

        // One piece each in turn, so that none waits for another to be through.
        for (var idle = 0; _transfers.Count > 0 && idle < _transfers.Count;)
        {
            _turn = (_turn + 1) % _transfers.Count;
            var transfer = _transfers[_turn];
            if (!MaySend(transfer) || now < transfer.HoldUntil)
            {
                idle++;
                continue;
            }

            if (!_rate.TryTake(now, LengthOfNext(transfer)))
            {
                return;
            }

            idle = 0;
            _parts.Ports.Submit(transfer.Read(_parts.Options.SnapshotPieceBytes));
        }
    }

    private void LookAfter(SnapshotTransfer transfer, Instant now)
    {
        var isPassed = transfer.IsCut && transfer.Snapshot.Position.Index < _parts.Core.Base.Index;
        if (isPassed || !_shelf.IsVerified(transfer.Snapshot))
        {
            // The log has moved past it meanwhile, or the file has turned out damaged.
            End(transfer, succeeded: false);
        }
        else if (transfer.IsAwaiting && now >= transfer.ResendAt)
        {
            if (++transfer.Silences > SilencesMax && !transfer.IsForConsensus)
            {
                Drop(transfer);
                return;
            }

            Offer(transfer, now);
        }
    }

    private SnapshotTransfer Begin(NodeId peer, SnapshotDescriptor snapshot, Instant now)
    {
        _shelf.Pin(snapshot);
        var transfer = new SnapshotTransfer(peer, snapshot, _parts.Core.Last.Index, now);
        _transfers.Add(transfer);
        return transfer;
    }

    private void Offer(SnapshotTransfer transfer, Instant now)
    {
        transfer.Offered(++_offers);
        // An offer is answered at once, as a heartbeat is; a piece has to be written first.
        transfer.ResendAt = now + (3 * _pause);
        // One that could not be queued is offered again in time.
        _ = Send(transfer, MessageType.SnapshotOffer, 0, transfer.Snapshot.Encode());
    }

    private bool Send(
        SnapshotTransfer transfer, MessageType type, long offset, ReadOnlyMemory<byte> body)
    {
        var snapshot = transfer.Snapshot;
        var message = new Message
        {
            Type = type, From = _parts.Core.Self, To = transfer.Peer,
            // Whoever sends what it was asked for leads nobody: only a leader's term may make a leader.
            Term = transfer.IsForConsensus ? _parts.Core.DurableHardState.Term : default,
            Position = snapshot.Position, End = SnapshotDesk.NameOf(snapshot), Round = (ulong)offset,
            Sequence = transfer.Offer,
        };
        var entry = LogEntry.Create(
            _parts.Log.Group, snapshot.Position.Index, snapshot.Position.Term, EntryKind.Command, 1, body);
        return _parts.Ports.Send(message, [entry]);
    }

    private void Arrived(SnapshotTransfer transfer, Instant now)
    {
        _keeper.Retained.Grew(
            _parts.Core.LogBytesBetween(transfer.LogEnd, _parts.Core.Last.Index));
        _parts.Ports.Observe(new SnapshotFact(SnapshotFactKind.Sent, transfer.Snapshot.Position)
        {
            Peer = transfer.Peer, Bytes = transfer.Snapshot.FileBytes, BytesMoved = transfer.BytesMoved,
            Took = now - transfer.Started,
        });
        End(transfer, succeeded: true);
    }

    private void Refused(SnapshotTransfer transfer, bool isDamaged)
    {
        if (isDamaged)
        {
            _keeper.LookAfter(transfer.Snapshot);
        }

        End(transfer, succeeded: false);
    }

    private void End(SnapshotTransfer transfer, bool succeeded)
    {
        Drop(transfer);
        if (transfer.IsForConsensus)
        {
            _parts.Next.SnapshotEnded(transfer.Peer, succeeded);
        }
    }

    private void Drop(SnapshotTransfer transfer)
    {
        _transfers.Remove(transfer);
        _shelf.Unpin(transfer.Snapshot);
        _keeper.MayCompact();
    }

    private bool MaySend(SnapshotTransfer transfer) =>
        transfer.IsStreaming && transfer.Next < transfer.Snapshot.FileBytes
            && transfer.Next - transfer.Acknowledged
                < (long)_parts.Options.SnapshotPiecesInFlight * _parts.Options.SnapshotPieceBytes;

    private int LengthOfNext(SnapshotTransfer transfer) =>
        (int)Math.Min(_parts.Options.SnapshotPieceBytes, transfer.Snapshot.FileBytes - transfer.Next);

    private SnapshotDescriptor? Best(LogIndex first)
    {
        var newest = _shelf.Newest;
        var best = newest is null || _shelf.IsVerified(newest) ? newest : _shelf.Older;
        return best is not null && _shelf.IsVerified(best) && best.Position.Index >= first ? best : null;
    }

    private SnapshotTransfer? Find(NodeId peer) => _transfers.Find(each => each.Peer == peer);
}
