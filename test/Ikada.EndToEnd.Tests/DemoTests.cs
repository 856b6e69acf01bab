namespace Ikada.EndToEnd.Tests;

public sealed class DemoTests
{
    [Fact]
    public async Task The_demonstration_loses_nothing_and_says_so()
    {
        var demo = (await Command.IkadaAsync("demo", "--plain", "--seconds", "1")).Succeeded();
        var lines = demo.Output.TrimEnd('\n').Split('\n');
        Assert.Matches(@"^acknowledged [1-9]\d*, lost 0, unknown \d+$", lines[^3]);
        Assert.Matches(@"^state hashes equal at index \d+: [0-9a-f]{16}$", lines[^2]);
        Assert.Matches(@"^write gap \d+ ms$", lines[^1]);

        var directory = lines[0].Split(" in ")[1];
        Assert.False(Directory.Exists(directory), $"{directory} is left over");
    }
}
