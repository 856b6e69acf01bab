namespace Ikada.Consensus.Tests.Reads;

public sealed class LeaseWalks
{
    [Theory]
    [InlineData(1, 40)]
    [InlineData(1001, 40)]
    [InlineData(2001, 40)]
    public void No_read_is_older_than_what_was_acknowledged_when_it_began(int first, int count)
    {
        var leased = 0;
        var expired = 0;
        var elections = 0;
        for (var seed = first; seed < first + count; seed++)
        {
            var walk = new LeaseWalk((ulong)seed);
            try
            {
                walk.Walk(TimeSpan.FromSeconds(20));
            }
            catch (Exception failure) when (failure is not WalkFailedException)
            {
                throw new WalkFailedException($"seed {seed}: {failure.Message}", failure);
            }

            leased += walk.LeaseReads;
            expired += walk.Expired;
            elections += walk.Elections;
        }

        // Walks without leases, elections and sleeping hosts would prove nothing.
        Assert.True(
            leased > count * 300 && expired > count && elections > count * 3,
            $"{leased} reads under a lease, {expired} expired, {elections} elections in {count} walks");
    }

    private sealed class WalkFailedException(string message, Exception inner) : Exception(message, inner);
}
