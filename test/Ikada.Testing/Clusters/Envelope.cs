using Ikada.Consensus;
using Ikada.Primitives;

namespace Ikada.Testing.Clusters;

/// <summary>Something on its way between two nodes: a message with its entries, a snapshot, or the word that
/// the transfer of a snapshot ended.</summary>
/// <param name="Message">The message.</param>
/// <param name="Entries">The entries of an Append or EntryReply.</param>
public sealed record Envelope(Message Message, IReadOnlyList<ClusterEntry> Entries)
{
    /// <summary>A snapshot: the membership as of it.</summary>
    public Membership? Membership { get; init; }

    /// <summary>The end of a transfer, from who received to who sent: whether it arrived.</summary>
    public bool? Arrived { get; init; }

    /// <summary>What it is called in scripts.</summary>
    public string Name => Arrived is not null ? "SnapshotEnd"
        : Message.Type == MessageType.InstallSnapshot ? "Snapshot" : $"{Message.Type}";

    /// <summary>Whether it only shows that somebody lives.</summary>
    public bool IsHeartbeat =>
        Message.Type is MessageType.Heartbeat or MessageType.HeartbeatReply && !Message.Reject;
}
