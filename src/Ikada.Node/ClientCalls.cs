using Ikada.Consensus;
using Ikada.Replica;

namespace Ikada.Node;

/// <summary>
/// Clients' writes and reads, from the call to its outcome. What is refused for now is tried again after a
/// pause; all else ends the call, on the thread that knows it.
/// </summary>
internal sealed class ClientCalls(
    GroupMember member, ClientDoor door, NodeMetrics metrics, Func<NodeStoppedException?> stopped)
{
    /// <summary>The next change of role, for a call that is about to be handed over.</summary>
    public Task NextRoleChange => member.Roles.Next;

    /// <summary>As <see cref="RaftNode.ProposeOwnedAsync"/>, of a command that is not too long.</summary>
    public ValueTask<WriteOutcome> Propose(ReadOnlyMemory<byte> command, CancellationToken cancellation)
    {
        var write = new PendingWrite(command, this);
        return NodeActivities.HasListeners
            ? ProposeTracedAsync(write, cancellation) : Propose(write, cancellation);
    }

    /// <summary>As <see cref="RaftNode.ReadBarrierAsync(bool, CancellationToken)"/>.</summary>
    public ValueTask<ReadOutcome> Read(bool mayUseLease, CancellationToken cancellation) =>
        Read(new PendingRead(this, mayUseLease), cancellation);

    /// <summary>Its end is known: it counts towards the bounds no longer.</summary>
    public void Remove(PendingWrite write) => member.Pending.Remove(write);

    /// <summary>The same of a read.</summary>
    public void Remove(PendingRead read) => member.Pending.Remove(read);

    /// <summary>On the thread that knows it: what came of a write. Refused means that it never happened: to
    /// try again cannot apply it twice.</summary>
    public void Answered(PendingWrite write, in WriteOutcome outcome)
    {
        if (!write.IsRetry && IsForNow(outcome))
        {
            write.Keep();
            _ = ProposeAgainAsync(write, outcome);
        }
        else
        {
            End(write, outcome);
        }
    }

    /// <summary>On the thread that knows it: what came of a read.</summary>
    public void Answered(PendingRead read, in ReadOutcome outcome)
    {
        if (!read.IsRetry && IsForNow(outcome))
        {
            read.Keep();
            _ = ReadAgainAsync(read, outcome);
        }
        else
        {
            read.End(outcome);
        }
    }

    // Whether it may go better once the role, the leader or the load has changed.
    private static bool IsForNow(in WriteOutcome outcome) =>
        outcome.Kind == OutcomeKind.Refused
            && outcome.Refusal is not (Refusal.TooMuchUncommitted or Refusal.NoSpace or Refusal.Quarantined);

    private static bool IsForNow(in ReadOutcome outcome) =>
        !outcome.Ready && outcome.Refusal is not (Refusal.Overloaded or Refusal.Quarantined);

    private async ValueTask<WriteOutcome> ProposeTracedAsync(
        PendingWrite write, CancellationToken cancellation)
    {
        using var activity = NodeActivities.Propose(write.Command.Length);
        var outcome = await Propose(write, cancellation).ConfigureAwait(false);
        NodeActivities.End(activity, outcome, write.Retries);
        return outcome;
    }

    private ValueTask<WriteOutcome> Propose(PendingWrite write, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
        {
            End(write, WriteOutcome.Refused(Refusal.NoLeader, member.View.Status.Leader));
        }
        else if (stopped() is { } reason)
        {
            write.Fail(reason);
        }
        else
        {
            HandOver(write, cancellation);
        }

        return write.Outcome;
    }

    private void HandOver(PendingWrite write, CancellationToken cancellation)
    {
        write.AbandonOn(cancellation);
        var result = door.HandOver(write);
        if (result == HandOverResult.Closed && stopped() is { } reason)
        {
            write.Fail(reason);
        }
        else if (result != HandOverResult.Taken)
        {
            write.IsTurnedAway = true;
            End(write, WriteOutcome.Refused(Refusal.Overloaded, member.View.Status.Leader));
        }
    }

    private ValueTask<ReadOutcome> Read(PendingRead read, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
        {
            read.End(ReadOutcome.Refused(Refusal.NoLeader, member.View.Status.Leader));
        }
        else if (stopped() is { } reason)
        {
            read.Fail(reason);
        }
        else
        {
            HandOver(read, cancellation);
        }

        return read.Outcome;
    }

    private void HandOver(PendingRead read, CancellationToken cancellation)
    {
        read.AbandonOn(cancellation);
        var result = door.HandOver(read);
        if (result == HandOverResult.Closed && stopped() is { } reason)
        {
            read.Fail(reason);
        }
        else if (result != HandOverResult.Taken)
        {
            read.End(ReadOutcome.Refused(Refusal.Overloaded, member.View.Status.Leader));
        }
    }

    private async Task ProposeAgainAsync(PendingWrite write, WriteOutcome outcome)
    {
        var (change, cancellation) = (write.Change, write.Cancellation);
        try
        {
            while (IsForNow(outcome))
            {
                await door.PauseAsync(change, write.Retries, cancellation).ConfigureAwait(false);
                if (cancellation.IsCancellationRequested)
                {
                    break;
                }

                write.Retries++;
                var retry = new PendingWrite(write.Command, this) { IsRetry = true };
                change = retry.Change;
                outcome = await Propose(retry, cancellation).ConfigureAwait(false);
                if (retry.IsTurnedAway)
                {
                    break;
                }
            }

            End(write, outcome);
        }
#pragma warning disable CA1031 // Not swallowed: it is the client's.
        catch (Exception error)
#pragma warning restore CA1031
        {
            write.Fail(error);
        }
    }

    private async Task ReadAgainAsync(PendingRead read, ReadOutcome outcome)
    {
        var (change, cancellation) = (read.Change, read.Cancellation);
        try
        {
            for (var retries = 0; IsForNow(outcome); retries++)
            {
                await door.PauseAsync(change, retries, cancellation).ConfigureAwait(false);
                if (cancellation.IsCancellationRequested)
                {
                    break;
                }

                var retry = new PendingRead(this, mayUseLease: !read.WithoutLease) { IsRetry = true };
                change = retry.Change;
                outcome = await Read(retry, cancellation).ConfigureAwait(false);
            }

            read.End(outcome);
        }
#pragma warning disable CA1031 // Not swallowed: it is the client's.
        catch (Exception error)
#pragma warning restore CA1031
        {
            read.Fail(error);
        }
    }

    private void End(PendingWrite write, in WriteOutcome outcome)
    {
        if (!write.IsRetry)
        {
            metrics.Proposal(outcome.Kind);
        }

        write.End(outcome);
    }
}
