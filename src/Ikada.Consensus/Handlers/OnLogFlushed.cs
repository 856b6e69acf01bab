using Ikada.Primitives;

namespace Ikada.Consensus.Handlers;

/// <summary>Entries became durable here: a follower acknowledges them, a leader counts itself.</summary>
internal static class OnLogFlushed
{
    public static void Handle(ConsensusState state, LogPosition last, ulong generation)
    {
        // The write may be of entries that were dropped since, even if an equal one stands there again.
        if (generation != state.Log.Generation || !state.Log.Holds(last) || last.Index <= state.Durable)
        {
            return;
        }

        state.Durable = last.Index;
        if (state.Role == Role.Leader)
        {
            state.Leadership.AdvanceCommit();
        }
        else if (MayAcknowledge(state))
        {
            OnAppend.Acknowledge(state, state.Leader);
        }
    }

    /// <summary>Whether this node follows a leader with which its log is known to agree somewhere.</summary>
    public static bool MayAcknowledge(ConsensusState state) =>
        !state.Leader.IsNone && state.Verified > LogIndex.Zero && !state.IsInstalling;
}
