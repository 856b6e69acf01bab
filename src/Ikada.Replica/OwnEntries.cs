using Ikada.Consensus;
using Ikada.Log;
using Ikada.Primitives;

namespace Ikada.Replica;

/// <summary>Proposals that another node forwarded.</summary>
/// <param name="Origin">Which.</param>
/// <param name="Sequence">Its number for them.</param>
/// <param name="Bodies">What is to be appended.</param>
internal sealed record ForwardedBatch(NodeId Origin, ulong Sequence, ReadOnlyMemory<byte>[] Bodies);

/// <summary>Makes a leader's own entries of what was proposed, and tells who proposed it.</summary>
internal sealed class OwnEntries(GroupLog log, OutstandingWrites writes, Forwarding forwarding)
{
    // A leader's entries are born here: index and term are known now, and with them the checksum.
    public void Append(in Effect effect, Proposal[]? proposals, ForwardedBatch? forwarded)
    {
        var count = (int)(effect.Last - effect.First) + 1;
        var entries = new LogEntry[count];
        for (var i = 0; i < count; i++)
        {
            var body = effect.Membership?.Encode() ?? proposals?[i].Command ?? forwarded?.Bodies[i]
                ?? default;
            var kind = effect.Membership is not null ? EntryKind.Membership
                : proposals is null && forwarded is null ? EntryKind.Empty
                : EntryKind.Command;
            entries[i] = LogEntry.Create(log.Group, effect.First + (ulong)i, effect.Term, kind, 1, body);
        }

        log.Append(entries, effect.Generation);
    }

    public void Accept(in Effect effect, Proposal[]? proposals, ForwardedBatch? forwarded)
    {
        for (var i = 0; proposals is not null && i < proposals.Length; i++)
        {
            writes.Add(new LogPosition(effect.First + (ulong)i, effect.Term), proposals[i]);
        }

        if (forwarded is not null)
        {
            var first = new LogPosition(effect.First, effect.Term);
            forwarding.AnswerProposals(forwarded.Origin, forwarded.Sequence, first);
        }
    }

    public void Refuse(in Effect effect, Proposal[]? proposals, ForwardedBatch? forwarded)
    {
        foreach (var proposal in proposals ?? [])
        {
            proposal.Complete(WriteOutcome.Refused(effect.Refusal, effect.Leader, effect.Reason));
        }

        if (forwarded is not null)
        {
            forwarding.RefuseProposals(forwarded.Origin, forwarded.Sequence, effect.Refusal);
        }
    }
}
