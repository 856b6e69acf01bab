namespace Ikada.Consensus;

/// <summary>Handing leadership over (diss. §3.10): to a named or the best target, while proposals are
/// refused; given up after an election timeout.</summary>
internal sealed class LeadershipTransfer(ConsensusState state)
{
    /// <summary>Whether one is under way: no proposal is taken meanwhile.</summary>
    public bool IsUnderWay { get; private set; }

    /// <summary>Whether this leadership has sent TimeoutNow, also of a transfer given up since: somebody may be
    /// elected whatever the voters promised us.</summary>
    public bool HasSentTimeoutNow { get; private set; }

    /// <summary>The leadership ended: that is what a transfer is for.</summary>
    public void LeadershipEnded()
    {
        _ = state;
        IsUnderWay = false;
        HasSentTimeoutNow = false;
    }
}
