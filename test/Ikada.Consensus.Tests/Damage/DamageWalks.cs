namespace Ikada.Consensus.Tests.Damage;

/// <summary>Random walks in which disks suffer, within what the protocol is to survive; see
/// <see cref="DamageWalk"/>.</summary>
public sealed class DamageWalks
{
    [Theory]
    [InlineData(1)]
    [InlineData(41)]
    [InlineData(81)]
    public void Whatever_is_damaged_within_bounds_committed_entries_stay_and_the_cluster_comes_back(int first)
    {
        var committed = 0ul;
        var injuries = 0;
        for (var seed = first; seed < first + 40; seed++)
        {
            try
            {
                var walk = new DamageWalk((ulong)seed);
                walk.Walk(1000);
                committed += walk.Committed;
                injuries += walk.Injuries;
                walk.HealAndServe();
            }
            catch (Exception failure) when (failure is not DamageWalkFailedException)
            {
                throw new DamageWalkFailedException($"seed {seed}: {failure.Message}", failure);
            }
        }

        Assert.True(
            committed > 200 && injuries > 80, $"{committed} entries were committed, {injuries} injuries");
    }

    private sealed class DamageWalkFailedException(string message, Exception inner)
        : Exception(message, inner);
}
