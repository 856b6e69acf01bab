using Ikada.Consensus;
using Ikada.Testing.Scripts;

namespace Ikada.Testing.Clusters;

/// <summary>How traces show what a node did; nothing for what its messages show anyway.</summary>
public static class EffectText
{
    /// <summary>One line, or null.</summary>
    public static string? Of(in Effect effect) => effect.Kind switch
    {
        EffectKind.ObserveRole => Role(effect),
        EffectKind.TruncateLog => $"cut from {effect.First}",
        EffectKind.Commit => $"commit {effect.Last}",
        EffectKind.RefuseProposal => $"refused: {Refusal(effect)}",
        EffectKind.AnswerRead => $"read {effect.ReadId}: serve at {effect.Last}",
        EffectKind.RefuseRead => $"read {effect.ReadId}: refused, {Refusal(effect)}",
        EffectKind.Observe => $"fact: {effect.Fact}{About(effect)}",
        EffectKind.SendSnapshot =>
            $"snapshot wanted for {MembershipText.Of(effect.Peer)}, from {effect.First} on",
        EffectKind.AbortSnapshot => $"snapshot to {MembershipText.Of(effect.Peer)} aborted",
        EffectKind.InstallSnapshot => effect.KeepsTail ? "installs it, keeps what follows" : "installs it",
        EffectKind.DropSnapshot => "drops it",
        EffectKind.RepairLog => $"repairs {effect.First}..{effect.Last}",
        EffectKind.EndTransfer => $"transfer to {MembershipText.Of(effect.Peer)}: {effect.Transfer}",
        _ => null,
    };

    private static string Role(in Effect effect)
    {
        var role = effect.Role switch
        {
            Consensus.Role.PreCandidate => "pre-candidate",
            Consensus.Role.Candidate => "candidate",
            Consensus.Role.Leader => "leader",
            _ when effect.Leader.IsNone => "follower",
            _ => $"follower of {MembershipText.Of(effect.Leader)}",
        };
        return $"{role}, term {effect.Term}";
    }

    private static string Refusal(in Effect effect) =>
        $"{effect.Refusal}"
        + (effect.Leader.IsNone ? string.Empty : $", {MembershipText.Of(effect.Leader)} leads");

    private static string About(in Effect effect) =>
        effect.Peer.IsNone ? string.Empty : $" {MembershipText.Of(effect.Peer)}";
}
