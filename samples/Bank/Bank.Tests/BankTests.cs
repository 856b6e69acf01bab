using Ikada.Simulation;

namespace Ikada.Samples.Bank.Tests;

public class BankTests(ITestOutputHelper output)
{
    private const int Accounts = 10;

    [Fact]
    public void Transfers_keep_the_total_whatever_fails()
    {
        var report = SimulatedCluster.Of(() => new Bank(Accounts))
            .WithClients(6, random => BankRequests.Transfer(
                random.NextBelow(Accounts), random.NextBelow(Accounts), random.NextBelow(100)))
            .WithQueries(random => BankRequests.Balance(random.NextBelow(Accounts)))
            .WithInvariant("the total is kept", bank => bank.Total == Accounts * Bank.StartBalance)
            .WithText(BankRequests.Text)
            .WithCancellation(TestContext.Current.CancellationToken)
            .Run(seeds: 20);
        output.WriteLine(report.ToString());
        report.ThrowIfViolated();
    }

    [Fact]
    public void A_bank_that_loses_an_account_in_its_snapshots_is_found()
    {
        var report = SimulatedCluster.Of(() => new OffByOneBank(Accounts))
            .WithClients(6, random => BankRequests.Transfer(
                random.NextBelow(Accounts), random.NextBelow(Accounts), random.NextBelow(100)))
            .WithInvariant("the total is kept", bank => bank.Total == Accounts * Bank.StartBalance)
            .WithText(BankRequests.Text)
            .WithCancellation(TestContext.Current.CancellationToken)
            .Run(seeds: 20);
        var thrown = Assert.Throws<ClusterViolationException>(report.ThrowIfViolated);
        output.WriteLine(thrown.Message);
        Assert.Equal("invariant: the total is kept", thrown.Violation.Property);
        Assert.Contains("after it restored the snapshot of index", thrown.Message, StringComparison.Ordinal);
        Assert.Contains($".Replay(seed: {thrown.Violation.Seed})", thrown.Message, StringComparison.Ordinal);
    }
}
