using Ikada.Simulation.Faults;

namespace Ikada.Simulation.Tests;

public sealed class FaultSetTests
{
    [Fact]
    public void All_none_and_lists_are_read_and_written_back()
    {
        foreach (var text in new[] { "all", "none", "drop", "crash,skew", "drop,delay,duplicate" })
        {
            Assert.True(FaultSet.TryParse(text, out var faults, out var error), error);
            Assert.Equal(text, faults.ToString());
        }
    }

    [Fact]
    public void An_unknown_fault_is_named_with_what_is_possible()
    {
        Assert.False(FaultSet.TryParse("drop,fire", out _, out var error));
        Assert.Contains("'fire'", error, StringComparison.Ordinal);
        Assert.Contains("slowdisk", error, StringComparison.Ordinal);
    }
}
