using Ikada.Consensus;

namespace Ikada.Simulation.Trace;

/// <summary>What a message that arrived says, for people. Places in a log are written term/index.</summary>
internal static class MessageText
{
    /// <summary>Of an event whose A holds type and commit index, B the term and that of the position, C the
    /// position's index, D the end and whether it is a refusal.</summary>
    public static string Of(in TraceEntry entry)
    {
        var type = (MessageType)(entry.A & 0xFF);
        var text = $"{type,-14} term {entry.B & 0xFFFFFFFF}";
        var details = Details(type, entry);
        return details.Length == 0 ? text : $"{text}: {details}";
    }

    /// <summary>Whether a message carries nothing but that its sender is there.</summary>
    public static bool IsIdle(in TraceEntry entry) => (MessageType)(entry.A & 0xFF) switch
    {
        MessageType.Heartbeat or MessageType.HeartbeatReply => true,
        MessageType.Append => entry.D >> 1 == entry.C,
        _ => false,
    };

    private static string Details(MessageType type, in TraceEntry entry)
    {
        var (index, end, commit) = (entry.C, entry.D >> 1, entry.A >> 8);
        var position = $"{entry.B >> 32}/{index}";
        var isRefused = (entry.D & 1) != 0;
        return type switch
        {
            MessageType.Append => $"{Entries(index, end)} after {position}, commit {commit}",
            MessageType.AppendReply when isRefused => $"REFUSED after {end}, may agree at {position}",
            MessageType.AppendReply => $"durable up to {index}",
            MessageType.Heartbeat => $"commit {commit}",
            MessageType.Vote or MessageType.PreVote => $"last entry {position}",
            MessageType.VoteReply or MessageType.PreVoteReply => isRefused ? "REFUSED" : "granted",
            _ when isRefused => "REFUSED",
            MessageType.ForwardProposalReply => $"appended from {index} on",
            MessageType.ForwardReadReply => $"read index {index}",
            MessageType.EntryRequest or MessageType.EntryReply => Entries(index, end),
            MessageType.LastPositionRequest or MessageType.LastPositionReply => $"last entry {position}",
            >= MessageType.InstallSnapshot and <= MessageType.SnapshotRequest => $"snapshot at {position}",
            MessageType.StateScrub or MessageType.StateScrubbed => $"stored at {index}",
            MessageType.StateVerdict => $"another state at {index}",
            _ => string.Empty,
        };
    }

    private static string Entries(long after, long last) =>
        last <= after ? "no entries" : last == after + 1 ? $"entry {last}" : $"entries {after + 1} to {last}";
}
