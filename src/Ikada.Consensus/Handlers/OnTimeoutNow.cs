namespace Ikada.Consensus.Handlers;

/// <summary>The leader wants this node to take over (diss. §3.10). One of an earlier term never gets here:
/// it says
/// nothing about the leader of now.</summary>
internal static class OnTimeoutNow
{
    public static void Handle(ConsensusState state, in Message message)
    {
        state.HearLeader(message.From);
        state.Election.StartTransferred();
    }
}
