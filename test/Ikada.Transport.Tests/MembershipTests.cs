using System.Globalization;
using System.Net;
using System.Text;
using Ikada.Primitives;

namespace Ikada.Transport.Tests;

/// <summary>The transport follows the membership of the log.</summary>
public sealed class MembershipTests
{
    [Fact]
    public async Task A_member_that_joins_is_dialled_and_known_from_then_on()
    {
        var endPoints = Cluster.FreeEndPoints(2);
        await using var a = await Cluster.StartAsync(Following(0, endPoints));
        await using var b = await Cluster.StartAsync(Following(1, endPoints));
        a.Transport.Update(MembershipOf(endPoints));
        await Cluster.UntilAsync(() => a.Log.Contains("UnknownMember"), () => a.Log.Text);

        b.Transport.Update(MembershipOf(endPoints));
        await a.ConnectedAsync(1);
        await b.ConnectedAsync(0);
    }

    [Fact]
    public async Task A_member_that_left_is_served_for_a_while_and_then_no_more()
    {
        var endPoints = Cluster.FreeEndPoints(2);
        await using var a = await Cluster.StartAsync(
            Following(0, endPoints) with { LeftMemberLinger = TimeSpan.FromMilliseconds(300) });
        await using var b = await Cluster.StartAsync(Following(1, endPoints));
        a.Transport.Update(MembershipOf(endPoints));
        b.Transport.Update(MembershipOf(endPoints));
        await a.ConnectedAsync(1);
        await b.ConnectedAsync(0);

        a.Transport.Update(Membership.Empty);
        Assert.True(a.Send(Cluster.Heartbeat(0, 1, 1)));
        a.Transport.Flush();
        await Cluster.UntilAsync(() => b.Recorder.Messages.Count == 1, () => b.Log.Text);
        await Cluster.UntilAsync(() => !a.Send(Cluster.Heartbeat(0, 1, 2)), () => a.Log.Text);

        a.Recorder.Forget();
        a.Transport.Update(MembershipOf(endPoints));
        await Cluster.UntilAsync(() => a.Send(Cluster.Heartbeat(0, 1, 3)), () => a.Log.Text);
    }

    [Fact]
    public async Task A_member_that_moved_is_dialled_at_its_new_address()
    {
        var endPoints = Cluster.FreeEndPoints(3);
        await using var a = await Cluster.StartAsync(Following(0, endPoints));
        a.Transport.Update(MembershipOf(endPoints[..2]));
        await using var b = await Cluster.StartAsync(
            Following(1, endPoints) with { ListenOn = [endPoints[2]] });
        b.Transport.Update(MembershipOf([endPoints[0], endPoints[2]]));
        a.Transport.Update(MembershipOf([endPoints[0], endPoints[2]]));
        await a.ConnectedAsync(1);
    }

    private static TransportOptions Following(int number, IPEndPoint[] endPoints) =>
        Cluster.Options(number, endPoints) with
        {
            Peers = [],
            AddressOf = member => IPEndPoint.Parse(Encoding.UTF8.GetString(member.Attributes.Span)),
        };

    private static Membership MembershipOf(IPEndPoint[] endPoints)
    {
        var members = endPoints.Select((endPoint, number) => new Member(
            Cluster.Node(number), null, Encoding.UTF8.GetBytes(Text(endPoint)))).ToArray();
        return new Membership(members, [.. members.Select(member => member.Id)]);
    }

    private static string Text(IPEndPoint endPoint) =>
        string.Create(CultureInfo.InvariantCulture, $"{endPoint.Address}:{endPoint.Port}");
}
