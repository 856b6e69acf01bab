namespace Ikada.Consensus.Tests.Memberships;

/// <summary>What a list of changes makes of a membership, and which lists are refused (diss. §4).</summary>
public sealed class ArithmeticRules
{
    [Theory]
    [InlineData("v1", "voters=(1)")]
    [InlineData("v1 v1", "voters=(1)")]
    [InlineData("l2", "voters=(7) learners=(2)", "v7")]
    [InlineData("v2", "voters=(1 2)", "v1", "l2")]
    [InlineData("l2", "voters=(1) learners=(2)", "v1", "v2")]
    [InlineData("r2", "voters=(1)", "v1", "v2")]
    [InlineData("r2", "voters=(1)", "v1", "l2")]
    [InlineData("r9", "voters=(1)", "v1")]
    [InlineData("u9 u1", "voters=(1)", "v1")]
    [InlineData("r1 v1", "voters=(1)", "v1")]
    [InlineData("v2 l2", "voters=(1) learners=(2)", "v1")]
    [InlineData("l2 l3 l4", "voters=(1) learners=(2 3 4)", "v1")]
    [InlineData("v0 r0 l0", "voters=(1)", "v1")]
    public void A_simple_change_makes(string changes, string expected, params string[] steps)
    {
        var from = After(steps);

        Assert.Equal(
            expected, MembershipArithmetic.Simple(from, Wish.Members(changes)).Membership?.ToString());
    }

    [Theory]
    [InlineData("v2 v3", "voters=(1 2 3)&&(1)", "voters=(1 2 3)", "v1")]
    [InlineData("v2 r1", "voters=(2)&&(1)", "voters=(2)", "v1")]
    [InlineData("l2", "voters=(1)&&(1 2) learners_next=(2)", "voters=(1) learners=(2)", "v1", "v2")]
    [InlineData("l2 v2", "voters=(1 2)&&(1 2)", "voters=(1 2)", "v1", "v2")]
    [InlineData("l2 r2", "voters=(1)&&(1 2)", "voters=(1)", "v1", "v2")]
    [InlineData("r2 l2", "voters=(1)&&(1 2) learners_next=(2)", "voters=(1) learners=(2)", "v1", "v2")]
    [InlineData("v3", "voters=(1 3)&&(1) learners=(2)", "voters=(1 3) learners=(2)", "v1", "l2")]
    [InlineData("v2 l3", "voters=(1 2)&&(1) learners=(3)", "voters=(1 2) learners=(3)", "v1")]
    [InlineData("", "voters=(1)&&(1)", "voters=(1)", "v1")]
    [InlineData("l3", "voters=(1)&&(1) learners=(3)", "voters=(1) learners=(3)", "v1")]
    public void A_joint_change_makes_and_leaves(
        string changes, string joint, string left, params string[] steps)
    {
        var entered = MembershipArithmetic.EnterJoint(After(steps), autoLeave: false, Wish.Members(changes));

        Assert.Equal(joint, entered.Membership?.ToString());
        Assert.Equal(left, MembershipArithmetic.LeaveJoint(entered.Membership!).Membership?.ToString());
    }

    [Fact]
    public void A_joint_state_that_is_left_by_itself_says_so_and_its_end_does_not()
    {
        var joint = MembershipArithmetic.Apply(After("v1"), Wish.Joint("v2 v3")).Membership!;

        Assert.Equal("voters=(1 2 3)&&(1) autoleave", joint.ToString());
        Assert.False(MembershipArithmetic.LeaveJoint(joint).Membership!.AutoLeave);
    }

    [Fact]
    public void Two_voters_at_once_are_refused_and_the_text_names_count_and_remedy()
    {
        var refused = MembershipArithmetic.Simple(After("v1"), Wish.Members("v2 v3"));

        Assert.Null(refused.Membership);
        Assert.Equal(
            "2 voters change at once (voters=(1)): at most one can in a simple change; "
                + "enter a joint state instead",
            refused.Error);
    }

    [Theory]
    [InlineData("r1")]
    [InlineData("l1")]
    [InlineData("v2 r1 r2")]
    public void A_group_never_loses_its_last_voter(string changes)
    {
        Assert.Contains("all voters", MembershipArithmetic.Simple(After("v1"), Wish.Members(changes)).Error);
        Assert.Contains(
            "all voters", MembershipArithmetic.EnterJoint(After("v1"), false, Wish.Members(changes)).Error);
    }

    [Fact]
    public void A_joint_state_takes_no_change_but_its_end_and_only_it_can_be_left()
    {
        var joint = MembershipArithmetic.EnterJoint(After("v1"), false, Wish.Members("v2")).Membership!;

        Assert.Contains("leave it first", MembershipArithmetic.Simple(joint, Wish.Members("v3")).Error);
        Assert.Contains("leave it first", MembershipArithmetic.Apply(joint, Wish.Joint("v3")).Error);
        Assert.Contains("leave it first", MembershipArithmetic.Apply(joint, Wish.Auto("v3")).Error);
        Assert.Contains("nothing to leave", MembershipArithmetic.LeaveJoint(After("v1")).Error);
        Assert.Contains(
            "names no members",
            MembershipArithmetic.Apply(joint, Wish.Of(ChangeMode.LeaveJoint, "v3")).Error);
    }

    [Fact]
    public void Nobody_cannot_enter_a_joint_state() =>
        Assert.NotNull(
            MembershipArithmetic.EnterJoint(Membership.Empty, false, Wish.Members("v1")).Error);

    [Fact]
    public void A_client_s_change_of_nobody_is_refused() =>
        Assert.Contains("concerns nobody", MembershipArithmetic.Apply(After("v1"), Wish.Auto("v2 v0")).Error);

    [Theory]
    [InlineData("v2", "voters=(1 2)")]
    [InlineData("l2 l3 r1 v1", "voters=(1) learners=(2 3)")]
    [InlineData("v2 v3", "voters=(1 2 3)&&(1) autoleave")]
    [InlineData("v2 r1", "voters=(2)&&(1) autoleave")]
    public void The_mode_auto_is_simple_up_to_one_voter_and_joint_beyond(string changes, string expected) =>
        Assert.Equal(
            expected, MembershipArithmetic.Apply(After("v1"), Wish.Auto(changes)).Membership?.ToString());

    [Fact]
    public void Attributes_and_priority_follow_the_change_and_stay_where_it_is_silent()
    {
        var change = new MemberChange(MemberChangeKind.Voter, Make.Id(2))
        {
            Attributes = new byte[] { 7 }, Priority = 3,
        };
        var added = MembershipArithmetic.Simple(After("v1"), [change]).Membership!;
        var updated = MembershipArithmetic.Simple(
            added, [new MemberChange(MemberChangeKind.Update, Make.Id(2)) { Priority = 9 }]).Membership!;

        var member = updated.Find(Make.Id(2))!;
        Assert.Equal([7], member.Attributes.ToArray());
        Assert.Equal(9, member.Priority);
    }

    [Fact]
    public void The_lease_of_a_group_is_a_setting_that_every_change_keeps()
    {
        var lease = TimeSpan.FromSeconds(1);
        var on = MembershipArithmetic.Apply(After("v1"), new MembershipChange { Lease = lease }).Membership!;
        var joint = MembershipArithmetic.Apply(on, Wish.Joint("v2 v3")).Membership!;

        Assert.Equal(lease, on.Lease);
        Assert.Equal(lease, MembershipArithmetic.LeaveJoint(joint).Membership!.Lease);
        Assert.Contains(
            "out of range",
            MembershipArithmetic.Apply(on, new MembershipChange { Lease = TimeSpan.FromTicks(-1) }).Error);
        Assert.Contains(
            "out of range",
            MembershipArithmetic.Apply(on, new MembershipChange { Lease = TimeSpan.FromDays(2) }).Error);
    }

    [Fact]
    public void An_incarnation_is_forgotten_only_by_a_simple_change_that_makes_the_member_a_learner()
    {
        var bound = Bound("v1", "v2", "v3");

        var forgotten = MembershipArithmetic.Simple(bound, Wish.Members("f3")).Membership!;

        Assert.Null(forgotten.Find(Make.Id(3))!.Incarnation);
        Assert.Equal("voters=(1 2) learners=(3)", forgotten.ToString());
        // Counted in the outgoing set, it could vote twice in a term.
        Assert.Contains(
            "cannot be forgotten", MembershipArithmetic.EnterJoint(bound, true, Wish.Members("f3")).Error);
        Assert.Contains(
            "cannot be forgotten", MembershipArithmetic.Simple(bound, Wish.Members("f3 v3")).Error);
    }

    [Fact]
    public void A_voter_removed_and_added_in_one_list_keeps_its_incarnation()
    {
        var again = MembershipArithmetic.Simple(Bound("v1", "v2"), Wish.Members("r2 v2")).Membership!;

        Assert.Equal(new Incarnation(2), again.Find(Make.Id(2))!.Incarnation);
    }

    [Fact]
    public void Who_comes_back_after_a_change_that_removed_it_is_unbound()
    {
        var without = MembershipArithmetic.Simple(Bound("v1", "v2"), Wish.Members("r2")).Membership!;
        var again = MembershipArithmetic.Simple(without, Wish.Members("v2")).Membership!;

        Assert.Null(again.Find(Make.Id(2))!.Incarnation);
    }

    [Fact]
    public void Binding_changes_no_list()
    {
        var joint = MembershipArithmetic.Apply(After("v1", "v2"), Wish.Joint("l2 v3")).Membership!;

        var bound = MembershipArithmetic.Bind(joint, [(Make.Id(2), new Incarnation(22))]);

        Assert.Equal(joint.ToString(), bound.ToString());
        Assert.Equal(new Incarnation(22), bound.Find(Make.Id(2))!.Incarnation);
        Assert.Throws<InvariantException>(
            () => MembershipArithmetic.Bind(bound, [(Make.Id(2), new Incarnation(23))]));
    }

    [Fact]
    public void An_update_reaches_the_first_member_too()
    {
        MemberChange[] update = [new(MemberChangeKind.Update, Make.Id(1)) { Priority = 5 }];

        var updated = MembershipArithmetic.Simple(After("v1", "v2"), update).Membership!;

        Assert.Equal((5, 0), (updated.Find(Make.Id(1))!.Priority, updated.Find(Make.Id(2))!.Priority));
    }

    [Fact]
    public void The_longest_lease_there_is_is_taken_and_nothing_longer()
    {
        var from = After("v1");

        var longest = MembershipArithmetic.Apply(from, new MembershipChange { Lease = Membership.LeaseMax });
        var longer = MembershipArithmetic.Apply(
            from, new MembershipChange { Lease = Membership.LeaseMax + TimeSpan.FromTicks(1) });

        Assert.Equal(Membership.LeaseMax, longest.Membership!.Lease);
        Assert.Null(longer.Membership);
    }

    [Fact]
    public void Nothing_is_changed_of_no_membership()
    {
        var change = new MembershipChange();
        Assert.Throws<ArgumentNullException>("from", () => MembershipArithmetic.Simple(null!, []));
        Assert.Throws<ArgumentNullException>("from", () => MembershipArithmetic.EnterJoint(null!, true, []));
        Assert.Throws<ArgumentNullException>("from", () => MembershipArithmetic.LeaveJoint(null!));
        Assert.Throws<ArgumentNullException>("from", () => MembershipArithmetic.Apply(null!, change));
        Assert.Throws<ArgumentNullException>("change", () => MembershipArithmetic.Apply(After("v1"), null!));
        Assert.Throws<ArgumentNullException>("from", () => MembershipArithmetic.Bind(null!, []));
    }

    private static Membership After(params ReadOnlySpan<string> steps)
    {
        var membership = Membership.Empty;
        foreach (var step in steps)
        {
            membership = MembershipArithmetic.Simple(membership, Wish.Members(step)).Membership!;
        }

        return membership;
    }

    // Everybody bound to the incarnation of its own number.
    private static Membership Bound(params ReadOnlySpan<string> steps)
    {
        var membership = After(steps);
        (NodeId, Incarnation)[] all =
            [.. membership.Members.ToArray().Select(member => (member.Id, new Incarnation(member.Id.Value)))];
        return MembershipArithmetic.Bind(membership, all);
    }
}
