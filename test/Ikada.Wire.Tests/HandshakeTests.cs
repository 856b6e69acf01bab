using Ikada.Primitives;

namespace Ikada.Wire.Tests;

public sealed class HandshakeTests
{
    private static readonly ClusterId Cluster = new(7);
    private static readonly FrameSender Self = new(new NodeId(1), new Incarnation(10), new StartCount(3));
    private readonly Handshake _handshake = new(Self, Cluster);

    public HandshakeTests() => _handshake.SetMembers([new NodeId(2), new NodeId(3)]);

    [Fact]
    public void A_member_of_the_cluster_that_means_this_node_is_welcome_and_its_start_is_remembered()
    {
        Assert.Null(Judge(start: 5));
        Assert.Equal(new StartCount(5), _handshake.HighestOf(new NodeId(2), new Incarnation(20)));
        Assert.Equal(default, _handshake.HighestOf(new NodeId(3), new Incarnation(20)));
        Assert.Null(Judge(start: 5));
        Assert.Null(Judge(start: 6));
    }

    [Fact]
    public void A_start_below_the_highest_seen_of_a_directory_is_refused_and_another_directory_is_not()
    {
        Assert.Null(Judge(start: 5));
        var refused = Judge(start: 4);
        Assert.Equal(RejectReason.StaleStartCount, refused!.Value.Reason);
        Assert.Contains("reports start 4", refused.Value.Text, StringComparison.Ordinal);
        Assert.Contains("seen start 5", refused.Value.Text, StringComparison.Ordinal);
        Assert.Null(Judge(start: 1, incarnation: 21));
        Assert.Equal(RejectReason.StaleStartCount, Judge(start: 4)!.Value.Reason);
    }

    [Fact]
    public void Only_so_many_directories_of_a_member_are_remembered_and_the_latest_are()
    {
        Assert.Null(Judge(start: 5));
        for (ulong other = 0; other < 16; other++)
        {
            Assert.Null(Judge(start: 1, incarnation: 100 + other));
        }

        Assert.Equal(default, _handshake.HighestOf(new NodeId(2), new Incarnation(20)));
        Assert.Equal(new StartCount(1), _handshake.HighestOf(new NodeId(2), new Incarnation(100)));
    }

    [Fact]
    public void Whoever_is_somebody_else_or_means_somebody_else_is_refused_for_that()
    {
        Assert.Equal(RejectReason.WrongCluster, Judge(cluster: 8)!.Value.Reason);
        Assert.Equal(RejectReason.WrongTarget, Judge(to: 3)!.Value.Reason);
        Assert.Equal(RejectReason.UnknownMember, Judge(node: 4)!.Value.Reason);
        Assert.Equal(RejectReason.UnsupportedVersion, Judge(version: 2)!.Value.Reason);
        _handshake.SetMembers([new NodeId(4)]);
        Assert.Null(Judge(node: 4));
        Assert.Equal(RejectReason.UnknownMember, Judge()!.Value.Reason);
    }

    [Fact]
    public void A_refusal_says_what_to_do()
    {
        AssertSays(Judge(cluster: 8), "cluster 8", "cluster 7", "data directory of another cluster");
        AssertSays(Judge(to: 3), "means node 3", "this is node 1", "correct the address of node 3");
        AssertSays(Judge(node: 4), "node 4", "add it to the cluster");
        Assert.Null(Judge(start: 5));
        AssertSays(Judge(start: 4), "start 4", "start 5", "must rejoin with an empty directory");
        AssertSays(
            Judge(version: 2), "speaks format version 2;", "speaks format version 1:", "a newer Ikada");
    }

    [Theory]
    [InlineData(1, 1, 1, 1, 1)]
    [InlineData(1, 3, 2, 5, 3)]
    [InlineData(2, 5, 1, 3, 3)]
    [InlineData(1, 5, 2, 3, 3)]
    [InlineData(3, 3, 1, 5, 3)]
    [InlineData(1, 2, 3, 4, 0)]
    [InlineData(3, 4, 1, 2, 0)]
    public void Two_nodes_speak_the_highest_version_that_both_know(
        ushort lowest, ushort highest, ushort othersLowest, ushort othersHighest, int common)
    {
        var ours = new VersionRange(lowest, highest);
        var others = new VersionRange(othersLowest, othersHighest);
        Assert.Equal(common, ours.HighestCommon(others) ?? 0);
        Assert.Equal(common, others.HighestCommon(ours) ?? 0);
    }

    [Fact]
    public void A_node_that_speaks_this_version_among_others_is_welcome()
    {
        Assert.Null(Judge(version: 1, highest: 7));
        AssertSays(Judge(version: 2, highest: 7), "format versions 2 to 7", "format version 1");
        AssertSays(Judge(version: 0, highest: 0), "format version 0;", "format version 1");
        // A range upside down is no range.
        Assert.Equal(RejectReason.UnsupportedVersion, Judge(version: 3, highest: 1)!.Value.Reason);
    }

    private static void AssertSays(Rejection? refused, params string[] parts)
    {
        foreach (var part in parts)
        {
            Assert.Contains(part, refused!.Value.Text, StringComparison.Ordinal);
        }
    }

    private Rejection? Judge(
        ulong node = 2, ulong incarnation = 20, ulong start = 1, ulong to = 1, ulong cluster = 7,
        ushort version = WireFormat.Version, ushort? highest = null)
    {
        var sender = new FrameSender(new NodeId(node), new Incarnation(incarnation), new StartCount(start));
        var header = new FrameHeader(FrameType.Hello, 76, default, new NodeId(to), sender);
        return _handshake.Judge(
            header, new Greeting(
                new ClusterId(cluster), version, highest ?? version, WireFormat.FrameBytesMaxDefault));
    }
}
