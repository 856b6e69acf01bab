using Ikada.Primitives;

namespace Ikada.Consensus.Handlers;

/// <summary>Snapshots: sent by a leader to whom its log does not reach any more, installed by a follower
/// (§7).</summary>
internal static class OnSnapshot
{
    public static void Started(ConsensusState state, NodeId peer, LogPosition position) =>
        throw new InvalidOperationException($"{peer} {position} {state.Term}");

    public static void Ended(ConsensusState state, NodeId peer, bool succeeded) =>
        throw new InvalidOperationException($"{peer} {succeeded} {state.Term}");

    public static void Received(ConsensusState state, in Message message, Membership membership) =>
        throw new InvalidOperationException($"{message.Position} {membership} {state.Term}");

    public static void Installed(ConsensusState state, LogPosition position) =>
        throw new InvalidOperationException($"{position} {state.Term}");
}
