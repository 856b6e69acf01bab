namespace Ikada.Consensus;

/// <summary>Which process stands behind which member (DESIGN §3, Incarnation): refuses what a wiped, copied or
/// rolled-back directory says, and binds incarnations to members.</summary>
internal sealed class Identities(ConsensusState state, PeerIdentity self)
{
    /// <summary>This node's own.</summary>
    public PeerIdentity Self => self;

    /// <summary>Whether a message of that process may be handled at all.</summary>
    public bool Admits(in Message message, PeerIdentity sender) =>
        sender.IsNone || !message.From.IsNone || state.Self.IsNone;
}
