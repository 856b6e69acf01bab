using System.Globalization;

namespace Ikada.EndToEnd.Tests;

/// <summary>Each kind of fault once or twice; <c>test/faults</c> goes on for minutes.</summary>
[Trait("Needs", "ip")]
[Trait("Needs", "nft")]
[Trait("Needs", "network-namespaces")]
public sealed class FaultRunTests(ITestOutputHelper output)
{
    [Fact]
    public async Task What_clients_are_told_holds_while_servers_are_killed_paused_and_cut_off()
    {
        var seed = (DateTime.UtcNow.Ticks % 1_000_000).ToString(CultureInfo.InvariantCulture);
        var program = Path.Combine(AppContext.BaseDirectory, "Ikada.Faults");
        var run = await Command.RunAsync(
            "unshare",
            [],
            "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", program,
            "--ikada", Command.Ikada, "--kind", "all", "--seconds", "5", "--clients", "8", "--seed", seed);
        output.WriteLine($"seed {seed}\n{run.Output}");
        Assert.Contains("violations 0 in 1 runs", run.Succeeded().Output, StringComparison.Ordinal);
        Assert.DoesNotContain(" 0 writes acknowledged", run.Output, StringComparison.Ordinal);
        Assert.All(
            ["killed", "paused", "cut off", "hear"],
            fault => Assert.Contains(fault, run.Output, StringComparison.Ordinal));
    }
}
