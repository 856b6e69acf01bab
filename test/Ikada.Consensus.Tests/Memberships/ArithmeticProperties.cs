using CsCheck;

namespace Ikada.Consensus.Tests.Memberships;

/// <summary>Joint changes against the same changes made one by one, and majorities of consecutive
/// memberships.
/// </summary>
public sealed class ArithmeticProperties
{
    private const int IdMax = 7;

    private static readonly Gen<MemberChange> Change =
        from kind in Gen.Int[(int)MemberChangeKind.Voter, (int)MemberChangeKind.Update]
        from id in Gen.Int[1, IdMax]
        select new MemberChange((MemberChangeKind)kind, Make.Id(id));

    private static readonly Gen<MemberChange[]> Changes = Change.Array[0, 8];

    // Any membership that is not joint: voters and learners, drawn as a part for each id.
    private static readonly Gen<Membership> Start =
        from parts in Gen.Int[0, 2].Array[IdMax]
        let voters = (int[])[.. Enumerable.Range(1, IdMax).Where(id => parts[id - 1] == 1)]
        where voters.Length > 0
        select NodeSetup.MembershipOf(
            voters, learners: [.. Enumerable.Range(1, IdMax).Where(id => parts[id - 1] == 2)]);

    [Fact]
    public void Changes_made_one_by_one_end_where_the_joint_change_ends() =>
        Gen.Select(Start, Changes).Sample((start, changes) =>
        {
            // The last voter cannot be removed on the way, even if another one comes later.
            var oneByOne = start;
            foreach (var change in changes)
            {
                if (MembershipArithmetic.Simple(oneByOne, [change]).Membership is not { } next)
                {
                    return;
                }

                oneByOne = next;
            }

            var joint = MembershipArithmetic.EnterJoint(start, autoLeave: true, changes).Membership!;
            Assert.Equal(oneByOne.ToString(), MembershipArithmetic.LeaveJoint(joint).Membership!.ToString());
        });

    [Fact]
    public void Every_majority_of_a_membership_meets_every_majority_of_the_next() =>
        Gen.Select(Start, Changes, Gen.Bool).Sample((start, changes, isJoint) =>
        {
            var mode = isJoint ? ChangeMode.JointAutoLeave : ChangeMode.Simple;
            if (MembershipArithmetic.Apply(start, new MembershipChange { Mode = mode, Members = changes })
                .Membership is not { } next)
            {
                return;
            }

            AssertMajoritiesMeet(start, next);
            if (next.IsJoint)
            {
                AssertMajoritiesMeet(next, MembershipArithmetic.LeaveJoint(next).Membership!);
            }
        });

    [Fact]
    public void No_change_makes_a_membership_that_contradicts_itself() =>
        Gen.Select(Start, Changes, Gen.Bool).Sample((start, changes, isJoint) =>
        {
            var mode = isJoint ? ChangeMode.JointExplicit : ChangeMode.Auto;
            if (MembershipArithmetic.Apply(start, new MembershipChange { Mode = mode, Members = changes })
                .Membership is not { } next)
            {
                return;
            }

            AssertConsistent(next);
            AssertConsistent(next.IsJoint ? MembershipArithmetic.LeaveJoint(next).Membership! : next);
        });

    private static void AssertConsistent(Membership membership)
    {
        Assert.False(membership.Voters.IsEmpty);
        var members = membership.Members.ToArray();
        NodeId[] named =
        [
            .. membership.Voters, .. membership.OutgoingVoters, .. membership.Learners,
            .. membership.LearnersNext,
        ];
        Assert.Equal(members.Select(member => member.Id), named.Distinct().Order());
        foreach (var id in membership.Learners)
        {
            Assert.False(membership.IsVoter(id));
        }

        foreach (var id in membership.LearnersNext)
        {
            Assert.Contains(id, membership.OutgoingVoters.ToArray());
            Assert.DoesNotContain(id, membership.Voters.ToArray());
        }
    }

    private static void AssertMajoritiesMeet(Membership left, Membership right)
    {
        int[] all = [.. Enumerable.Range(0, 1 << IdMax)];
        int[] others = [.. all.Where(nodes => Decides(right, nodes))];
        foreach (var one in all.Where(nodes => Decides(left, nodes)))
        {
            foreach (var other in others)
            {
                if ((one & other) == 0)
                {
                    Assert.Fail($"{left} and {right}: {one:b} and {other:b} decide without each other");
                }
            }
        }
    }

    // Whether the nodes of that bit set can decide.
    private static bool Decides(Membership membership, int nodes) =>
        IsMajority(membership.Voters, nodes) && IsMajority(membership.OutgoingVoters, nodes);

    private static bool IsMajority(ReadOnlySpan<NodeId> voters, int nodes)
    {
        var count = 0;
        foreach (var voter in voters)
        {
            count += (nodes >> ((int)voter.Value - 1)) & 1;
        }

        return voters.IsEmpty || 2 * count > voters.Length;
    }
}
