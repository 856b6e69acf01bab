using System.Globalization;

namespace Ikada.EndToEnd.Tests;

/// <summary>A short run against the installed etcd; <c>test/differential</c> makes longer ones.</summary>
[Trait("Needs", "etcd")]
public sealed class DifferentialTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_few_thousand_random_requests_are_answered_as_by_etcd()
    {
        var seed = (DateTime.UtcNow.Ticks % 1_000_000).ToString(CultureInfo.InvariantCulture);
        var program = Path.Combine(AppContext.BaseDirectory, "Ikada.Differential");
        var run = await Command.RunAsync(
            program,
            [],
            "--etcd", "etcd", "--ikada", Command.Ikada, "--requests", "2500", "--seed", seed, "--kinds",
            "kv,txn,compact,lease",
            "--shrink-seconds", "10");
        output.WriteLine(run.Output);
        Assert.Contains("2500 requests, 0 differences", run.Succeeded().Output, StringComparison.Ordinal);
    }
}
