using Ikada.Log.Snapshots;
using Ikada.Primitives;

namespace Ikada.Replica.Snapshots;

/// <summary>A snapshot on its way to a peer.</summary>
internal sealed class SnapshotTransfer(NodeId peer, SnapshotDescriptor snapshot, LogIndex end, Instant now)
{
    private readonly List<ReadSnapshotPiece> _reading = [];

    public NodeId Peer => peer;

    public SnapshotDescriptor Snapshot => snapshot;

    /// <summary>Where the log ended when it began.</summary>
    public LogIndex LogEnd => end;

    public Instant Started { get; } = now;

    /// <summary>Whether consensus asked for it; else the peer itself did.</summary>
    public bool IsForConsensus { get; set; }

    /// <summary>The number of the offer that counts: answers to earlier ones are late.</summary>
    public ulong Offer { get; private set; }

    /// <summary>Whether the offer was answered.</summary>
    public bool IsStreaming { get; private set; }

    /// <summary>The connection is closed: nothing is sent until consensus asks again.</summary>
    public bool IsCut { get; private set; }

    /// <summary>Up to where the receiver has the file.</summary>
    public long Acknowledged { get; private set; }

    /// <summary>From where on nothing has been read yet.</summary>
    public long Next { get; private set; }

    /// <summary>What was sent, pieces sent again included.</summary>
    public long BytesMoved { get; set; }

    /// <summary>When an unanswered offer or piece is taken for lost.</summary>
    public Instant ResendAt { get; set; } = now;

    /// <summary>Until when the queue to the peer is taken to be full.</summary>
    public Instant HoldUntil { get; set; } = now;

    /// <summary>How often nothing was answered in time, in a row.</summary>
    public int Silences { get; set; }

    private long _rewoundTo = -1;

    /// <summary>Whether something that was sent is to be answered.</summary>
    public bool IsAwaiting => !IsCut && (!IsStreaming || (Next > Acknowledged && _reading.Count == 0));

    /// <summary>It is offered, for the first time or again.</summary>
    public void Offered(ulong number)
    {
        (Offer, IsStreaming, IsCut, _rewoundTo) = (number, false, false, -1);
        _reading.Clear();
    }

    public void Cut()
    {
        (IsStreaming, IsCut) = (false, true);
        _reading.Clear();
    }

    /// <summary>The receiver has the file up to there.</summary>
    public void Answered(long offset)
    {
        if (!IsStreaming)
        {
            (IsStreaming, Acknowledged, Next) = (true, offset, offset);
        }
        else if (offset > Acknowledged)
        {
            Acknowledged = offset;
            Next = Math.Max(Next, offset);
        }
        else if (offset == Acknowledged && Next > offset && _rewoundTo != offset)
        {
            // Said twice: a piece came that does not follow, so the one before it is lost.
            _rewoundTo = offset;
            GoBack(offset);
        }
    }

    /// <summary>Reads on from an earlier place; what is being read beyond it is not sent.</summary>
    public void GoBack(long offset)
    {
        if (offset < Next)
        {
            Next = offset;
            _reading.Clear();
        }
    }

    public ReadSnapshotPiece Read(int bytesMax)
    {
        var piece = new ReadSnapshotPiece(
            snapshot, Next, (int)Math.Min(bytesMax, snapshot.FileBytes - Next));
        Next += piece.LengthBytes;
        _reading.Add(piece);
        return piece;
    }

    /// <summary>Whether a piece that was read is still to be sent.</summary>
    public bool Takes(ReadSnapshotPiece piece) => _reading.Remove(piece);
}
