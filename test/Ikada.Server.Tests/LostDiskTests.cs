using Ikada.Api.Etcd;

namespace Ikada.Server.Tests;

public sealed class LostDiskTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_member_that_lost_its_disk_comes_back_by_itself_and_votes_again()
    {
        await using var cluster = new TestCluster(3);
        await cluster.StartAllAsync();
        await cluster.PutAsync(0, "before", "1");
        // Once it has told the others its name, they know its directory.
        await TestCluster.EventuallyAsync(async () =>
            (await MembersAsync(cluster)).All(member => member.ClientURLs.Count > 0));
        var identity = cluster.Server(2).Identity;
        await cluster.StopAsync(2);
        Directory.Delete(cluster.Options(2).DataDirectory, recursive: true);
        await cluster.PutAsync(0, "meanwhile", "2");

        await cluster.StartAsync(2);

        Assert.Equal(identity, cluster.Server(2).Identity);
        await TestCluster.EventuallyAsync(async () =>
            await cluster.GetAsync(2, "meanwhile") == "2"
                && (await MembersAsync(cluster)).All(member => !member.IsLearner));
        Assert.Equal("1", await cluster.GetAsync(2, "before"));
        // It counts: the other two of three suffice, if it is one of them.
        await cluster.StopAsync(1);
        await cluster.PutAsync(0, "after", "3");
    }

    private static async Task<IReadOnlyList<Member>> MembersAsync(TestCluster cluster) =>
        (await cluster.Cluster(0).MemberListAsync(new MemberListRequest(), cancellationToken: Token)).Members;
}
