using Ikada.Replica;

namespace Ikada.Simulation;

/// <summary>What became of logs and snapshots in a run, in numbers.</summary>
public sealed class StorageCounts
{
    /// <summary>Snapshots that a node took and read back.</summary>
    public long Taken { get; set; }

    /// <summary>Snapshots that arrived whole at a peer, by the sender's word.</summary>
    public long Sent { get; set; }

    /// <summary>Transfers that went on where an earlier one was cut.</summary>
    public long Resumed { get; set; }

    /// <summary>Snapshots in force in log and state of a node that received them.</summary>
    public long Installed { get; set; }

    /// <summary>Installs that a crash had cut and the next start completed.</summary>
    public long Completed { get; set; }

    /// <summary>Snapshots that could not be taken or received, or were found damaged.</summary>
    public long Failed { get; set; }

    /// <summary>How often a node had lost all its snapshots, and asked the others.</summary>
    public long StatesMissing { get; set; }

    /// <summary>The bytes of all pieces sent.</summary>
    public long PieceBytes { get; set; }

    /// <summary>How often a log forgot its beginning.</summary>
    public long Compactions { get; set; }

    /// <summary>Segments that held nothing any more, and were put aside or deleted.</summary>
    public long SegmentsFreed { get; set; }

    /// <summary>Freed segments that were used again.</summary>
    public long SegmentsReused { get; set; }

    /// <summary>Entries written again, so that older segments could be freed or in place of damaged
    /// ones.</summary>
    public long Rewritten { get; set; }

    /// <summary>How often a node said that its log had no room.</summary>
    public long NoSpaceEpisodes { get; set; }

    /// <summary>How often a node stopped because its disk failed.</summary>
    public long DiskStops { get; set; }

    /// <summary>Adds the numbers of another run.</summary>
    public void Add(StorageCounts other)
    {
        Taken += other.Taken;
        Sent += other.Sent;
        Resumed += other.Resumed;
        Installed += other.Installed;
        Completed += other.Completed;
        Failed += other.Failed;
        StatesMissing += other.StatesMissing;
        PieceBytes += other.PieceBytes;
        Compactions += other.Compactions;
        SegmentsFreed += other.SegmentsFreed;
        SegmentsReused += other.SegmentsReused;
        Rewritten += other.Rewritten;
        NoSpaceEpisodes += other.NoSpaceEpisodes;
        DiskStops += other.DiskStops;
    }

    /// <summary>A node told of something.</summary>
    internal void Observed(SnapshotFactKind kind)
    {
        Taken += kind == SnapshotFactKind.Taken ? 1 : 0;
        Sent += kind == SnapshotFactKind.Sent ? 1 : 0;
        Installed += kind == SnapshotFactKind.Installed ? 1 : 0;
        Failed += kind == SnapshotFactKind.Failed ? 1 : 0;
        StatesMissing += kind == SnapshotFactKind.StateMissing ? 1 : 0;
        Compactions += kind == SnapshotFactKind.LogCompacted ? 1 : 0;
    }
}
