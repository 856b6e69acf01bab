using Ikada.Log;
using Ikada.Primitives;
using Microsoft.Extensions.Logging;

namespace Ikada.Node;

/// <summary>What all groups of a process share.</summary>
internal sealed class HostParts
{
    public const string LogCategory = "Ikada.Node";

    public HostParts(
        NodeOptions options, IDisk disk, IPeerTransport transport, NodeId self, NodeMetrics metrics,
        ILoggerFactory loggers)
    {
        (Transport, Self, Metrics, Loggers) = (transport, self, metrics, loggers);
        Logger = loggers.CreateLogger(LogCategory);
        Pauses = new CollectorPauses(options, self, Logger);
        metrics.Observe(Pauses);
        Inbox = new Inbox(options.ReceivedBytesMax);
        Apply = new ApplyThread(Inbox);
        Disk = new DiskThread(disk, Inbox, metrics);
        Snapshots = new SnapshotThread(disk, Inbox);
        Scrubs = new ScrubThread(disk, Inbox, options.Replica.ScrubBytesPerSecondMax);
    }

    public NodeId Self { get; }

    public IPeerTransport Transport { get; }

    public NodeMetrics Metrics { get; }

    public CollectorPauses Pauses { get; }

    public Inbox Inbox { get; }

    public ApplyThread Apply { get; }

    public DiskThread Disk { get; }

    public SnapshotThread Snapshots { get; }

    public ScrubThread Scrubs { get; }

    public ILoggerFactory Loggers { get; }

    public ILogger Logger { get; }
}
