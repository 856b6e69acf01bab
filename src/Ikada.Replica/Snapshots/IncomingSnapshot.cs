using Ikada.Consensus;
using Ikada.Log.Snapshots;
using Ikada.Primitives;

namespace Ikada.Replica.Snapshots;

/// <summary>A snapshot that is being received.</summary>
internal sealed class IncomingSnapshot(SnapshotDescriptor snapshot, Instant now)
{
    public SnapshotDescriptor Snapshot => snapshot;

    public Instant Started => now;

    /// <summary>Who sends it: another node may go on where one left off, with the same bytes.</summary>
    public NodeId From { get; private set; }

    public Term Term { get; private set; }

    public PeerIdentity Sender { get; private set; }

    /// <summary>The number of the offer that its pieces bear.</summary>
    public ulong Offer { get; private set; }

    public Instant Heard { get; set; }

    /// <summary>The connection to its sender was lost: any other offer takes its place.</summary>
    public bool IsCut { get; set; }

    /// <summary>Up to where pieces were taken; those that are not written yet lie in
    /// <see cref="Writing"/>.</summary>
    public long Taken { get; set; }

    /// <summary>What arrived for it, pieces that were of no use included.</summary>
    public long BytesMoved { get; set; }

    public Queue<WriteSnapshotPiece> Writing { get; } = new();

    /// <summary>All of it is written, and is being checked.</summary>
    public bool IsFinishing { get; set; }

    /// <summary>The place from which a missing piece was asked for.</summary>
    public long GapTold { get; set; } = -1;

    public void Offered(in Message message, PeerIdentity sender, Instant heard)
    {
        (From, Term, Sender, Offer) = (message.From, message.Term, sender, message.Sequence);
        (Heard, IsCut, GapTold) = (heard, false, -1);
    }
}
