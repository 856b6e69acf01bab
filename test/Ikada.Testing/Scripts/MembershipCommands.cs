using Ikada.Consensus;
using Ikada.Primitives;

namespace Ikada.Testing.Scripts;

/// <summary>
/// <c>simple</c>, <c>enter-joint [autoleave=true]</c> and <c>leave-joint</c>, with changes as input: the
/// arithmetic of memberships, starting from nobody. The answer is the membership and then each member, or why
/// the change cannot be made.
/// </summary>
public sealed class MembershipCommands : IScriptCommands
{
    private Membership _membership = Membership.Empty;

    /// <inheritdoc/>
    public bool Knows(string command) => command is "simple" or "enter-joint" or "leave-joint";

    /// <inheritdoc/>
    public ScriptAnswer Run(ScriptCase step)
    {
        ArgumentNullException.ThrowIfNull(step);
        step.Allow("autoleave");
        IReadOnlyList<MemberChange> changes;
        try
        {
            changes = MembershipTokens.Parse(step.Input);
        }
        catch (ScriptException strange)
        {
            return Error(strange.Message);
        }

        var result = Apply(step, changes);
        if (result.Membership is not { } membership)
        {
            return Error(result.Error ?? "refused without a reason");
        }

        _membership = membership;
        return new ScriptAnswer(
            [MembershipText.Of(membership), .. Members(membership)], ScriptComparison.FirstLine);
    }

    private MembershipResult Apply(ScriptCase step, IReadOnlyList<MemberChange> changes) =>
        step.Command switch
        {
            "simple" => MembershipArithmetic.Simple(_membership, changes),
            "enter-joint" => MembershipArithmetic.EnterJoint(
                _membership, step.Find("autoleave") is { } auto && auto.Values is not ["false"], changes),
            _ => MembershipArithmetic.Apply(
                _membership, new MembershipChange { Mode = ChangeMode.LeaveJoint, Members = changes }),
        };

    private static IEnumerable<string> Members(Membership membership)
    {
        foreach (var member in membership.Members.ToArray())
        {
            var part = membership.IsVoter(member.Id) ? "voter" : "learner";
            yield return $"{MembershipText.Of(member.Id)}: {part}";
        }
    }

    private static ScriptAnswer Error(string why) => new([why], ScriptComparison.FirstLine)
    {
        IsErrorText = static line => !line.StartsWith("voters=", StringComparison.Ordinal),
    };
}
