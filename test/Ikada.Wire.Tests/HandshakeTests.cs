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

    private Rejection? Judge(
        ulong node = 2, ulong incarnation = 20, ulong start = 1, ulong to = 1, ulong cluster = 7,
        ushort version = WireFormat.Version)
    {
        var sender = new FrameSender(new NodeId(node), new Incarnation(incarnation), new StartCount(start));
        var header = new FrameHeader(FrameType.Hello, 76, default, new NodeId(to), sender);
        return _handshake.Judge(
            header, new Greeting(new ClusterId(cluster), version, version, WireFormat.FrameBytesMaxDefault));
    }
}
