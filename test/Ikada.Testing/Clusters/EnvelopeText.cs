using Ikada.Consensus;
using Ikada.Testing.Scripts;

namespace Ikada.Testing.Clusters;

/// <summary>How traces show what passes between nodes.</summary>
public static class EnvelopeText
{
    /// <summary>One line.</summary>
    public static string Of(Envelope envelope)
    {
        ArgumentNullException.ThrowIfNull(envelope);
        var message = envelope.Message;
        var head = $"{MembershipText.Of(message.From)}→{MembershipText.Of(message.To)}  {envelope.Name}";
        if (envelope.Arrived is { } arrived)
        {
            return $"{head} {(arrived ? "arrived" : "failed")}";
        }

        var flags = message.Flags & ~MessageFlags.Reject;
        return $"{head} term {message.Term}{(message.Reject ? " refused" : string.Empty)}{Detail(envelope)}"
            + (flags == MessageFlags.None ? string.Empty : $" ({flags})");
    }

    private static string Detail(Envelope envelope)
    {
        var message = envelope.Message;
        return message.Type switch
        {
            MessageType.PreVote or MessageType.Vote => $", last {message.Position}",
            MessageType.Append =>
                $", after {message.Position}: {Entries(envelope)}, commit {message.Commit}",
            MessageType.AppendReply when message.Reject =>
                message.End.Value == 0 && message.Position.Index.Value == 0 ? string.Empty
                    : $" {message.End}, try {message.Position}",
            MessageType.AppendReply => $", match {message.Position.Index}",
            MessageType.Heartbeat => $", commit {message.Commit}"
                + (message.Round == 0 ? string.Empty : $", round {message.Round}"),
            MessageType.HeartbeatReply => message.Reject ? string.Empty : $", round {message.Round}",
            MessageType.LastPositionReply => $", last {message.Position}, commit {message.Commit}",
            MessageType.EntryRequest => $", {message.Position.Index.Next}..{message.End} of "
                + (message.Position.Term.Value == 0 ? "lost terms" : $"term {message.Position.Term}"),
            MessageType.EntryReply when message.Reject =>
                $" {message.Position.Index.Next}..{message.End}",
            MessageType.EntryReply => $": {Entries(envelope)}",
            MessageType.InstallSnapshot =>
                $", at {message.Position}, {MembershipText.Of(envelope.Membership!)}",
            MessageType.Quiesce => $", commit {message.Commit}",
            _ => string.Empty,
        };
    }

    private static string Entries(Envelope envelope)
    {
        var index = envelope.Message.Position.Index;
        return envelope.Entries.Count == 0 ? "nothing"
            : string.Join(' ', envelope.Entries.Select((entry, i) => entry.At(index + (ulong)i + 1)));
    }
}
