using System.Globalization;

namespace Ikada.EndToEnd.Tests;

/// <summary>A few cuts; <c>test/power-cut</c> makes more.</summary>
[Trait("Needs", "loop-device")]
[Trait("Needs", "mkfs.ext4")]
public sealed class PowerCutTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Nothing_promised_is_lost_when_the_power_of_a_real_file_system_is_cut()
    {
        var seed = DateTime.UtcNow.Ticks.ToString(CultureInfo.InvariantCulture);
        var program = Path.Combine(AppContext.BaseDirectory, "Ikada.PowerCut");
        var run = (await Command.RunAsync(program, [], "run", "5", seed)).Succeeded();
        output.WriteLine($"seed {seed}\n{run.Output}");
        Assert.Contains("stopped by EIO, with a message: 5 of 5", run.Output, StringComparison.Ordinal);
        Assert.Contains("covered by a snapshot, 0 lost", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("\n0 entries acknowledged", run.Output, StringComparison.Ordinal);
    }
}
