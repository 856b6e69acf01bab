using Ikada.Consensus;
using Ikada.Primitives;

namespace Ikada.Replica;

/// <summary>What clients want, of this node and of others: gathered per batch of inputs, then put to the
/// core where this node leads, else handed to the leader.</summary>
internal sealed class ClientDesk(ReplicaParts parts, Stepper stepper)
{
    private readonly List<Proposal> _gathered = [];

    public void Propose(Proposal proposal) => _gathered.Add(proposal);

    public void Read(ReadRequest request) => parts.Reads.Gather(request);

    /// <summary>Ends a batch of inputs: appends the gathered proposals, asks for the gathered
    /// reads.</summary>
    public void EndBatch(Instant now)
    {
        if (_gathered.Count > 0)
        {
            ProposeGathered(now);
        }

        if (parts.Reads.HasGathered)
        {
            AskGathered(now);
        }
    }

    /// <summary>Another node forwards proposals.</summary>
    public void ReceiveForwarded(
        Instant now, in Message message, ReadOnlySpan<LogEntry> entries, PeerIdentity sender)
    {
        if (entries.IsEmpty || !parts.Forwarding.TryTake(message, sender.Incarnation))
        {
            return;
        }

        var bodies = new ReadOnlyMemory<byte>[entries.Length];
        for (var i = 0; i < bodies.Length; i++)
        {
            bodies[i] = entries[i].Body;
        }

        stepper.Step(
            Input.Proposed(now, parts.Headers.OfCommands(bodies)),
            forwarded: new ForwardedBatch(message.From, message.Sequence, bodies));
    }

    /// <summary>Another node forwards a read.</summary>
    public void ReceiveForwardedRead(Instant now, in Message message, PeerIdentity sender)
    {
        if (parts.Forwarding.TryTake(message, sender.Incarnation))
        {
            var readId = parts.Forwarding.NextSequence();
            parts.Forwarding.AskedForOther(readId, message.From, message.Sequence);
            // The end of a lease means nothing by another node's clock.
            stepper.Step(Input.ReadRequested(now, readId, withoutLease: true));
        }
    }

    private void ProposeGathered(Instant now)
    {
        var proposals = _gathered.ToArray();
        _gathered.Clear();
        if (parts.Divergence.IsQuarantined)
        {
            // Its result would be that of a wrong state.
            RefuseAll(proposals, Refusal.Quarantined);
            return;
        }

        if (parts.Core.Role != Role.Leader && parts.Core.IsFull)
        {
            // Others may take them, but their results would not be known here before there is space.
            RefuseAll(proposals, Refusal.NoSpace);
            return;
        }

        if (parts.Core.Role != Role.Leader && parts.Options.ForwardsProposals && parts.Forwarding.CanForward)
        {
            WakeToForward(now);
            ForwardInBatches(now, proposals);
            return;
        }

        stepper.Step(Input.Proposed(now, parts.Headers.OfCommands(proposals)), proposals: proposals);
    }

    private void RefuseAll(Proposal[] proposals, Refusal why)
    {
        foreach (var proposal in proposals)
        {
            proposal.Complete(WriteOutcome.Refused(why, parts.Core.Leader));
        }
    }

    // A sleeping group has no election timer: who waits for its leader must notice if it is gone.
    private void WakeToForward(Instant now)
    {
        if (parts.Core.IsAsleep)
        {
            stepper.Step(Input.Forwarded(now));
        }
    }

    private void ForwardInBatches(Instant now, Proposal[] proposals)
    {
        var start = 0;
        long bytes = 0;
        for (var i = 0; i < proposals.Length; i++)
        {
            bytes += proposals[i].Command.Length;
            if (i > start && bytes > parts.Options.ForwardBytesMax)
            {
                parts.Forwarding.SendProposals(now, proposals[start..i]);
                start = i;
                bytes = proposals[i].Command.Length;
            }
        }

        parts.Forwarding.SendProposals(now, proposals[start..]);
    }

    private void AskGathered(Instant now)
    {
        if (parts.Divergence.IsQuarantined)
        {
            parts.Reads.RefuseAll(Refusal.Quarantined, parts.Core.Leader);
            return;
        }

        var readId = parts.Forwarding.NextSequence();
        var withoutLease = parts.Reads.WithoutLease;
        parts.Reads.Ask(readId);
        if (parts.Core.Role != Role.Leader && parts.Forwarding.CanForward)
        {
            WakeToForward(now);
            parts.Forwarding.SendRead(now, readId);
        }
        else
        {
            stepper.Step(Input.ReadRequested(now, readId, withoutLease));
        }
    }
}
