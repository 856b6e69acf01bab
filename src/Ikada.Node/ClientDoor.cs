namespace Ikada.Node;

/// <summary>Whether a client's call was handed to the consensus thread.</summary>
internal enum HandOverResult : byte
{
    /// <summary>It was.</summary>
    Taken = 0,

    /// <summary>The bounds on calls under way are reached.</summary>
    Full,

    /// <summary>The node has stopped and never saw it.</summary>
    Closed,
}

/// <summary>Where clients' calls come in: bounded, and tried again after a pause while they are
/// refused.</summary>
internal sealed class ClientDoor(GroupMember member, Inbox inbox)
{
    /// <exception cref="ArgumentException">It could never be sent to the other members.</exception>
    public void ThrowIfTooLong(ReadOnlyMemory<byte> command)
    {
        if (command.Length > member.Options.ProposalBytesMax)
        {
            throw new ArgumentException(
                $"a command of {command.Length} bytes is over ProposalBytesMax, "
                + $"which is {member.Options.ProposalBytesMax} bytes",
                nameof(command));
        }
    }

    public HandOverResult HandOver(PendingWrite write)
    {
        if (!member.Pending.TryAdd(write))
        {
            return HandOverResult.Full;
        }

        if (inbox.Post(InboxItem.Of(member, write)))
        {
            return HandOverResult.Taken;
        }

        member.Pending.Remove(write);
        return HandOverResult.Closed;
    }

    public HandOverResult HandOver(PendingRead read)
    {
        if (!member.Pending.TryAdd(read))
        {
            return HandOverResult.Full;
        }

        if (inbox.Post(InboxItem.Of(member, read)))
        {
            return HandOverResult.Taken;
        }

        member.Pending.Remove(read);
        return HandOverResult.Closed;
    }

    /// <summary>Waits longer after each attempt, unless <paramref name="change"/> comes before.</summary>
    public async Task PauseAsync(Task change, int attempt, CancellationToken cancellation)
    {
        var delay = Math.Min(
            member.Options.RetryDelayMin.TotalMilliseconds * Math.Pow(2, Math.Min(attempt, 20)),
            member.Options.RetryDelayMax.TotalMilliseconds);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var pause = Task.Delay(TimeSpan.FromMilliseconds(delay), either.Token);
        await Task.WhenAny(change, pause).ConfigureAwait(false);
        await either.CancelAsync().ConfigureAwait(false);
    }
}
