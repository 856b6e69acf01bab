namespace Ikada.Consensus.Tests.Harness;

/// <summary>Changes of membership in one line each: <c>Wish.Auto("v4 l5 r1")</c> makes 4 a voter and 5 a
/// learner, removes 1; <c>u2</c> updates, and <c>f3</c> makes 3 a learner whose incarnation is
/// forgotten.</summary>
internal static class Wish
{
    public static MembershipChange Auto(string changes) => Of(ChangeMode.Auto, changes);

    public static MembershipChange Simple(string changes) => Of(ChangeMode.Simple, changes);

    public static MembershipChange Joint(string changes) => Of(ChangeMode.JointAutoLeave, changes);

    public static MembershipChange JointExplicit(string changes) => Of(ChangeMode.JointExplicit, changes);

    public static MembershipChange Leave => new() { Mode = ChangeMode.LeaveJoint };

    public static MembershipChange Of(ChangeMode mode, string changes) =>
        new() { Mode = mode, Members = Members(changes) };

    public static MemberChange[] Members(string changes) =>
    [
        .. changes.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => new MemberChange(
            word[0] switch
            {
                'v' => MemberChangeKind.Voter,
                'l' or 'f' => MemberChangeKind.Learner,
                'r' => MemberChangeKind.Remove,
                'u' => MemberChangeKind.Update,
                _ => throw new ArgumentException($"'{word}' is no change", nameof(changes)),
            },
            new NodeId(ulong.Parse(word[1..], System.Globalization.CultureInfo.InvariantCulture)))
        {
            ForgetsIncarnation = word[0] == 'f',
        }),
    ];
}
