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
internal sealed class ClientDoor(NodeOptions options, Inbox inbox, Pending pending)
{
    /// <exception cref="ArgumentException">It could never be sent to the other members.</exception>
    public void ThrowIfTooLong(ReadOnlyMemory<byte> command)
    {
        if (command.Length > options.ProposalBytesMax)
        {
            throw new ArgumentException(
                $"a command of {command.Length} bytes is over ProposalBytesMax, "
                + $"which is {options.ProposalBytesMax} bytes",
                nameof(command));
        }
    }

    public HandOverResult HandOver(PendingWrite write)
    {
        if (!pending.TryAdd(write))
        {
            return HandOverResult.Full;
        }

        if (inbox.Post(InboxItem.Of(write)))
        {
            return HandOverResult.Taken;
        }

        pending.Remove(write);
        return HandOverResult.Closed;
    }

    public HandOverResult HandOver(PendingRead read)
    {
        if (!pending.TryAdd(read))
        {
            return HandOverResult.Full;
        }

        if (inbox.Post(InboxItem.Of(read)))
        {
            return HandOverResult.Taken;
        }

        pending.Remove(read);
        return HandOverResult.Closed;
    }

    /// <summary>Waits longer after each attempt, unless <paramref name="change"/> comes before.</summary>
    public async Task PauseAsync(Task change, int attempt, CancellationToken cancellation)
    {
        var delay = Math.Min(
            options.RetryDelayMin.TotalMilliseconds * Math.Pow(2, Math.Min(attempt, 20)),
            options.RetryDelayMax.TotalMilliseconds);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var pause = Task.Delay(TimeSpan.FromMilliseconds(delay), either.Token);
        await Task.WhenAny(change, pause).ConfigureAwait(false);
        await either.CancelAsync().ConfigureAwait(false);
    }
}
