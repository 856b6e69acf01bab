using CsCheck;

namespace Ikada.Consensus.Tests.Memberships;

/// <summary>The bytes of a membership: version 1 as long as nothing newer is in use, version 2
/// then.</summary>
public sealed class Encoding
{
    // Version 1, as every log of format 1 holds it: one bound member with the attribute 09, a voter; one
    // learner.
    private const string Version1 =
        "01" + "02000000"
        + "0100000000000000" + "01" + "0B00000000000000" + "01000000" + "09"
        + "0200000000000000" + "00" + "0000000000000000" + "00000000"
        + "01000000" + "0100000000000000" + "00000000" + "01000000" + "0200000000000000" + "00000000";

    private static readonly Gen<Membership> Any =
        from count in Gen.Int[1, 5]
        from priorities in Gen.Byte.Array[count]
        from incarnations in Gen.ULong[0, 3].Array[count]
        from attributes in Gen.Byte.Array[0, 5].Array[count]
        from parts in Gen.Int[0, 4].Array[count]
        from autoLeave in Gen.Bool
        from leaseMs in Gen.Int[0, 3]
        select Of(priorities, incarnations, attributes, parts, autoLeave, leaseMs);

    [Fact]
    public void A_membership_without_anything_new_is_written_and_read_as_version_1()
    {
        var membership = new Membership(
            [
                new Member(Make.Id(1), new Incarnation(11), new byte[] { 9 }),
                new Member(Make.Id(2), null, default),
            ],
            [Make.Id(1)], learners: [Make.Id(2)]);

        Assert.Equal(Version1, Convert.ToHexString(membership.Encode()));
        Assert.True(Membership.TryDecode(Convert.FromHexString(Version1), out var read));
        AssertSame(membership, read);
    }

    [Fact]
    public void Priority_automatic_leaving_and_lease_need_version_2()
    {
        Assert.Equal(1, NodeSetup.VotersOf(3).Encode()[0]);
        Assert.Equal(2, new Membership([], []) { AutoLeave = true }.Encode()[0]);
        Assert.Equal(2, new Membership([], []) { Lease = TimeSpan.FromTicks(1) }.Encode()[0]);
        Assert.Equal(2, new Membership([new Member(Make.Id(1), null, default, 1)], []).Encode()[0]);
    }

    [Fact]
    public void Whatever_is_written_is_read_back_and_gives_the_same_bytes() =>
        Any.Sample(membership =>
        {
            var bytes = membership.Encode();
            Assert.True(Membership.TryDecode(bytes, out var read));
            AssertSame(membership, read);
            Assert.Equal(bytes, read.Encode());
        });

    [Fact]
    public void What_is_cut_off_or_goes_on_is_refused() =>
        Any.Sample(membership =>
        {
            var bytes = membership.Encode();
            for (var length = 0; length < bytes.Length; length++)
            {
                Assert.False(Membership.TryDecode(bytes.AsSpan(0, length), out _));
            }

            Assert.False(Membership.TryDecode([.. bytes, 0], out _));
        });

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(255)]
    public void An_unknown_version_is_refused(byte version)
    {
        var bytes = NodeSetup.VotersOf(1).Encode();
        bytes[0] = version;

        Assert.False(Membership.TryDecode(bytes, out _));
    }

    [Fact]
    public void A_lease_longer_than_a_day_is_refused()
    {
        var bytes = new Membership([], []) { Lease = Membership.LeaseMax }.Encode();
        Assert.True(Membership.TryDecode(bytes, out _));
        bytes[^1] = 0x7F;

        Assert.False(Membership.TryDecode(bytes, out _));
    }

    private static Membership Of(
        byte[] priorities, ulong[] incarnations, byte[][] attributes, int[] parts, bool autoLeave,
        int leaseMs)
    {
        Member[] members =
        [
            .. priorities.Select((priority, place) => new Member(
                Make.Id(place + 1),
                incarnations[place] == 0 ? null : new Incarnation(incarnations[place]),
                attributes[place],
                priority)),
        ];
        NodeId[] In(int part) =>
            [.. members.Select(member => member.Id).Where((_, place) => parts[place] == part)];
        return new Membership(members, In(1), In(2), In(3), In(4))
        {
            AutoLeave = autoLeave, Lease = TimeSpan.FromMilliseconds(leaseMs),
        };
    }

    private static void AssertSame(Membership left, Membership right)
    {
        Assert.Equal(left.ToString(), right.ToString());
        Assert.Equal(left.Lease, right.Lease);
        Assert.Equal(left.Members.Length, right.Members.Length);
        for (var i = 0; i < left.Members.Length; i++)
        {
            var (one, other) = (left.Members[i], right.Members[i]);
            Assert.Equal(one with { Attributes = default }, other with { Attributes = default });
            Assert.Equal(one.Attributes.ToArray(), other.Attributes.ToArray());
        }
    }
}
