using System.Net;
using Ikada.Consensus;

namespace Ikada;

/// <summary>What is wrong with a node and what helps, by where it stands; null where nothing is.</summary>
internal static class RaftHealth
{
    public static string? Live(IRaft raft) =>
        raft is IHostedRaft { IsStarted: false }
            ? "The node has not been started yet: it starts with the host."
        : raft.Completion.IsFaulted
            ? $"The node has stopped: {raft.Completion.Exception.InnerException!.Message}. Mend that and "
                + "start the process again."
        : raft.Completion.IsCompleted ? "The node has been stopped. Start the process again."
        : null;

    public static string? Quorum(RaftStatus status) =>
        status.Role == Role.Leader || status.Leader is not null ? null
            : $"No leader is heard in term {status.Term} ({status.Role}), so commands and linearizable "
                + "queries wait. Start the members that are missing until a majority runs, or mend the "
                + $"connections between them.{OutOfReach(status)}";

    public static string? Disk(RaftStatus status, RaftHealthOptions options)
    {
        var details = status.Details;
        return status.DiskBusy > options.DiskOperationTimeMax
            ? $"An operation of the disk has been under way for {status.DiskBusy.TotalSeconds:0.0} s; "
                + "nothing becomes durable here until it ends. Look at the disk and at the kernel's log; "
                + "move the node if it is failing."
        : details.IsFull
            ? "The disk has no space for the next segment of the log: no commands are taken here. Free "
                + "some, or enlarge the disk; the node goes on by itself then."
        : details.IsTreatedAsWiped
            ? "Votes or acknowledged entries are lost, so this node never votes again under its present "
                + "identity. Remove its directory and add it as a learner (Members.AddLearnerAsync)."
        : details.IsQuarantined
            ? "The state of this node differs from that of the majority"
                + (details.StatesDifferAt == default ? string.Empty
                    : $", first somewhere after index {details.StatesAgreedAt} and up to "
                        + $"{details.StatesDifferAt}")
                + ": it serves no reads, and takes over the state of the leader. Look for failing memory or "
                + "a failing disk, and for another version of the program."
        : details.StatesDisputedAt != default
            ? $"No majority of the voters holds one state at index {details.StatesDisputedAt}: nobody can "
                + "tell who is right. Compare the members' data; restore a backup or replace those that are "
                + "wrong."
        : details.IsStateUnreadable
            ? "What the state machine has stored cannot be read whole, and this node is the only voter, so "
                + "nobody else has it. Test the disk; restore a backup on another one."
        : details.IsStateMissing
            ? "All snapshots of this node are lost, and with them the state before its log; it waits for "
                + "one of another member. See that the others run."
        : details.IsUnsure
            ? "Entries that were acknowledged may be missing at the end of the log; this node does not vote "
                + "until the others have told where they end. See that they run."
        : details.DamagedEntries > 0
            ? $"{details.DamagedEntries} entries of the log cannot be read and are asked of the other "
                + "members. See that they run, and test the disk: it has returned other bytes than were "
                + "written."
        : null;
    }

    public static string? Lag(RaftStatus status, RaftHealthOptions options)
    {
        var behind = status.CommitIndex.Value - Math.Min(status.AppliedIndex.Value, status.CommitIndex.Value);
        return behind <= options.LagEntriesMax
            ? null
            : $"The state machine is {behind} entries behind what is committed (applied "
                + $"{status.AppliedIndex}, committed {status.CommitIndex}, at most {options.LagEntriesMax} "
                + "is healthy): commands come in faster than Apply takes them, or the node was away and "
                + "catches up. Make Apply quicker.";
    }

    /// <summary>Where it stands, for whoever looks at the report.</summary>
    public static Dictionary<string, object> Data(RaftStatus status) => new()
    {
        ["name"] = status.Name,
        ["role"] = status.Role.ToString(),
        ["term"] = status.Term.Value,
        ["leader"] = status.Leader?.ToString() ?? string.Empty,
        ["last-index"] = status.LastIndex.Value,
        ["commit-index"] = status.CommitIndex.Value,
        ["applied-index"] = status.AppliedIndex.Value,
        ["disk-busy-seconds"] = status.DiskBusy.TotalSeconds,
        ["disk-full"] = status.Details.IsFull,
        ["quarantined"] = status.Details.IsQuarantined,
        ["damaged-entries"] = status.Details.DamagedEntries,
        ["out-of-reach"] = Unreached(status).ToArray(),
    };

    private static string OutOfReach(RaftStatus status)
    {
        var all = string.Join("; ", Unreached(status));
        return all.Length == 0 ? string.Empty : $" Out of reach: {all}.";
    }

    private static IEnumerable<string> Unreached(RaftStatus status) => status.Peers
        .Where(peer => !peer.IsConnected)
        .Select(peer => $"{AddressOf(peer.EndPoint)} ({peer.LastFailure ?? "not tried yet"})");

    private static string AddressOf(EndPoint endPoint) =>
        endPoint is DnsEndPoint name ? $"{name.Host}:{name.Port}" : endPoint.ToString()!;
}

/// <summary>A node that a host starts.</summary>
internal interface IHostedRaft
{
    /// <summary>Whether it has been.</summary>
    bool IsStarted { get; }
}
