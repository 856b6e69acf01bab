using Ikada.Consensus;
using Ikada.Log;
using Ikada.Primitives;
using Ikada.Replica.Divergence;
using Ikada.Replica.Snapshots;

namespace Ikada.Replica;

/// <summary>The parts of a replica, put together: each knows those it needs, none knows the
/// replica.</summary>
internal sealed class ReplicaParts
{
    public ReplicaParts(ReplicaStart start, IReplicaPorts ports, Instant now)
    {
        (Log, Ports, Options) = (start.Log, ports, start.Replica);
        Core = new ConsensusCore(start.Consensus, start.Self, LogRepair.Restore(start), start.Seed, now);
        Repair = new LogRepair(Core, Log, ports, start.Consensus.AppendBytesMax);
        Apply = new ApplyPump(Core, Log, ports, Writes, Options, start.Opened.Applied);
        Sender = new AppendSender(Core, Log, ports, Options.AppendsBehindReadMax);
        Forwarding = new Forwarding(
            Log.Group, Core, ports, Writes, Reads, start.Identity.StartCount, Options.ForwardWindow,
            4 * start.Consensus.ElectionTimeout);
        Own = new OwnEntries(Log, Writes, Forwarding);
        Snapshots = new SnapshotDesk(this, start, now);
        Divergence = new DivergenceDesk(this, start, now);
        Scrub = new ScrubDesk(this, start, now);
    }

    public ConsensusCore Core { get; }

    public GroupLog Log { get; }

    public IReplicaPorts Ports { get; }

    public ReplicaOptions Options { get; }

    public HeaderBuffer Headers { get; } = new();

    public OutstandingWrites Writes { get; } = new();

    public ReadWaiters Reads { get; } = new();

    public TransferWishes Transfers { get; } = new();

    public FollowUps Next { get; } = new();

    public LogRepair Repair { get; }

    public ApplyPump Apply { get; }

    public AppendSender Sender { get; }

    public Forwarding Forwarding { get; }

    public OwnEntries Own { get; }

    public SnapshotDesk Snapshots { get; }

    public DivergenceDesk Divergence { get; }

    public ScrubDesk Scrub { get; }
}
