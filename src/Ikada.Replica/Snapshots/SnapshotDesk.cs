using Ikada.Consensus;
using Ikada.Log.Snapshots;
using Ikada.Primitives;

namespace Ikada.Replica.Snapshots;

/// <summary>All that a replica does with snapshots: takes, sends, receives and installs them.</summary>
internal sealed class SnapshotDesk
{
    private readonly ReplicaParts _parts;
    private readonly SnapshotShelf _shelf;
    private readonly SnapshotKeeper _keeper;
    private readonly SnapshotSender _sender;
    private readonly SnapshotReceiver _receiver;
    private readonly SnapshotInstaller _installer;
    private bool _hasToldMissing;

    public SnapshotDesk(ReplicaParts parts, ReplicaStart start, Instant now)
    {
        (_parts, _shelf) = (parts, start.Snapshots);
        _keeper = new SnapshotKeeper(parts, _shelf, start.Opened.DurableApplied);
        _sender = new SnapshotSender(parts, _shelf, _keeper, start, now);
        _receiver = new SnapshotReceiver(parts, _shelf, start.Consensus.ElectionTimeout, now);
        _installer = new SnapshotInstaller(parts, _shelf, start.Opened);
    }

    /// <summary>The last entry in the newest snapshot.</summary>
    public LogIndex Newest => _shelf.Newest?.Position.Index ?? LogIndex.Zero;

    /// <summary>What the state machine holds durably by itself; null: it is in memory.</summary>
    public LogIndex? DurableApplied => _keeper.DurableApplied;

    /// <summary>How many are being sent.</summary>
    public int Sending => _sender.Count;

    /// <summary>Whether one is being received or installed.</summary>
    public bool IsReceiving => _receiver.IsReceiving || _parts.Core.IsInstalling;

    /// <summary>When <see cref="EndBatch"/> has something to do that nothing else brings about.</summary>
    public Instant Deadline =>
        Instant.Min(_keeper.Deadline, Instant.Min(_sender.Deadline, _receiver.Deadline));

    /// <summary>By what messages name a snapshot, besides its position.</summary>
    public static LogIndex NameOf(SnapshotDescriptor snapshot) => new((ulong)snapshot.Hash);

    /// <summary>Somebody wants one of what is applied now.</summary>
    public void Wish(SnapshotWish wish) => _keeper.Wish(wish);

    /// <summary>The state is wrong, and so is whatever was made of it: nothing of it is sent or kept. The
    /// next start knows first.</summary>
    public void Condemn()
    {
        _sender.DropAll();
        _parts.Ports.Submit(new SetQuarantine(_parts.Log.Group, _shelf.Condemn()));
    }

    /// <summary>One of the four messages of transfers.</summary>
    public void Receive(
        Instant now, in Message message, ReadOnlySpan<LogEntry> entries, PeerIdentity sender)
    {
        switch (message.Type)
        {
            case MessageType.SnapshotOffer:
                _receiver.Offered(now, message, entries, sender);
                break;
            case MessageType.SnapshotPiece:
                _receiver.PieceArrived(now, message, entries);
                break;
            case MessageType.SnapshotAnswer:
                _sender.Answered(message, now);
                break;
            default:
                _sender.Asked(message, now);
                break;
        }
    }

    /// <summary>What consensus asks for.</summary>
    public void Carry(in Effect effect, Instant now)
    {
        switch (effect.Kind)
        {
            case EffectKind.SendSnapshot:
                _sender.Start(effect.Peer, effect.First, now);
                break;
            case EffectKind.AbortSnapshot:
                _sender.Abort(effect.Peer);
                break;
            case EffectKind.InstallSnapshot:
                _installer.Begin(_receiver.TakeArrived(), effect, now);
                break;
            default:
                _receiver.DropArrived();
                break;
        }
    }

    /// <summary>The log's base is durable.</summary>
    public void BaseSaved(LogPosition position) => _installer.BaseSaved(position);

    /// <summary>The state machine holds so much durably by itself; null: it is in memory.</summary>
    public void DurablyApplied(LogIndex? index) => _keeper.DurablyApplied(index);

    /// <summary>The state machine has done one of ours.</summary>
    public void MachineDone(Instant now, MachineWork work)
    {
        if (work is CaptureRequest capture)
        {
            _keeper.Captured(now, capture);
        }
        else if (work is BeginRestoreRequest begun)
        {
            _installer.Begun(begun);
        }
        else
        {
            _installer.Restored(now);
            _keeper.MayCompact();
        }
    }

    /// <summary>The snapshot thread has done something.</summary>
    public void Done(Instant now, SnapshotOperation operation)
    {
        if (_keeper.TryTake(now, operation) || _installer.TryTake(operation))
        {
            return;
        }

        switch (operation)
        {
            case ReadSnapshotPiece piece:
                _sender.PieceRead(piece, now);
                break;
            case WriteSnapshotPiece piece:
                _receiver.PieceWritten(now, piece);
                break;
            case FinishSnapshot finish:
                _receiver.Finished(now, finish);
                break;
            default:
                if (operation.Error is { } error)
                {
                    _parts.Ports.Stop($"a file of snapshots could not be deleted: {error.Message}");
                }

                break;
        }
    }

    /// <summary>What was sent to or by the peer may be lost.</summary>
    public void ConnectionClosed(NodeId peer)
    {
        _sender.ConnectionClosed(peer);
        _receiver.ConnectionClosed(peer);
    }

    /// <summary>Ends a batch of inputs: does what is due.</summary>
    public void EndBatch(Instant now)
    {
        if (_parts.Core.IsStateMissing && !_hasToldMissing && !_parts.Divergence.IsQuarantined)
        {
            _hasToldMissing = true;
            _parts.Ports.Observe(new SnapshotFact(SnapshotFactKind.StateMissing, _parts.Core.Base));
        }

        _receiver.Look(now);
        _keeper.Look(now);
        _sender.Look(now);
    }
}
