namespace Ikada.Consensus.Handlers;

/// <summary>The log has no room for commands any more, or has again (DESIGN §7, No space).</summary>
internal static class OnSpaceChanged
{
    public static void Handle(ConsensusState state, bool isFull)
    {
        state.Space.IsFull = isFull;
        if (state.Role == Role.Leader)
        {
            state.Leadership.Transfer.LeaveForSpace();
        }
        else if (OnLogFlushed.MayAcknowledge(state))
        {
            // The leader need not wait for the next heartbeat to stop or go on sending.
            OnAppend.Acknowledge(state, state.Leader);
        }
    }
}
