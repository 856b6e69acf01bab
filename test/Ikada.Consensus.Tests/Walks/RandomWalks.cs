namespace Ikada.Consensus.Tests.Walks;

public sealed class RandomWalks
{
    private const int StepsPerWalk = 1000;

    [Theory]
    [InlineData(1, 60)]
    [InlineData(101, 60)]
    [InlineData(201, 60)]
    [InlineData(301, 60)]
    [Covers("ccf: bad_network", "ccf: rollback_safety")]
    public void Under_any_faults_the_five_properties_hold_and_once_they_end_the_cluster_serves(
        int first, int count)
    {
        var committed = 0ul;
        var (installs, fills) = (0, 0);
        for (var seed = first; seed < first + count; seed++)
        {
            try
            {
                var walk = new RandomWalk((ulong)seed);
                walk.Walk(StepsPerWalk);
                committed += walk.Committed;
                walk.HealAndServe();
                installs += walk.Installs;
                fills += walk.Fills;
            }
            catch (Exception failure) when (failure is not WalkFailedException)
            {
                throw new WalkFailedException($"seed {seed}: {failure.Message}", failure);
            }
        }

        // A walk in which nothing happens proves nothing.
        Assert.True(committed > (ulong)count * 10,
            $"only {committed} entries were committed in {count} walks");
        Assert.True(
            installs > count / 12 && fills > count,
            $"only {installs} snapshots were installed and {fills} logs out of space in {count} walks");
    }

    [Theory]
    [InlineData(1, 60)]
    [InlineData(101, 60)]
    [InlineData(201, 60)]
    public void The_same_holds_while_members_come_go_and_lose_their_disks(int first, int count)
    {
        var (committed, changes, wiped) = (0ul, 0, 0);
        for (var seed = first; seed < first + count; seed++)
        {
            try
            {
                var walk = new RandomWalk((ulong)seed, changesMembership: true);
                walk.Walk(StepsPerWalk);
                committed += walk.Committed;
                changes += walk.Membership.Changes;
                wiped += walk.Membership.Wiped;
                walk.HealAndServe();
            }
            catch (Exception failure) when (failure is not WalkFailedException)
            {
                throw new WalkFailedException($"seed {seed}: {failure.Message}", failure);
            }
        }

        Assert.True(
            committed > (ulong)count * 5 && changes > count && wiped > 0,
            $"{committed} entries, {changes} changes and {wiped} lost disks in {count} walks");
    }

    private sealed class WalkFailedException(string message, Exception inner) : Exception(message, inner);
}
