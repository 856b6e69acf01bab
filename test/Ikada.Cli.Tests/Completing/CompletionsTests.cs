using Ikada.Cli.Completing;

namespace Ikada.Cli.Tests.Completing;

public class CompletionsTests
{
    [Theory]
    [InlineData("ikada ge", "get")]
    [InlineData("./ikada lease ke", "keep-alive")]
    [InlineData("/opt/ikada/ikada get k --pri", "--print-value-only")]
    [InlineData("ikada endpoint status --clu", "--cluster")]
    [InlineData("ikada get k -w j", "json")]
    [InlineData("ikada serve --snapshot-co", "--snapshot-count")]
    [InlineData("ikada member list --consistency ", "l,s")]
    [InlineData("ikada completion ", "bash,fish,zsh")]
    [InlineData("ikada nothing-of-that-name", "")]
    [InlineData("ikada", "")]
    public void What_begins_as_typed_is_offered(string line, string expected) => Assert.Equal(
        expected, string.Join(',', Completions.Of(CommandLine.Root(), line, line.Length)));

    [Fact]
    public void All_verbs_are_offered_but_hidden_ones_and_what_stands_behind_the_cursor_is_not_read()
    {
        var verbs = Completions.Of(CommandLine.Root(), "ikada  nonsense", "ikada ".Length).ToList();
        Assert.Contains("watch", verbs);
        Assert.Contains("serve", verbs);
        Assert.DoesNotContain("complete", verbs);
        Assert.DoesNotContain(verbs, verb => verb.StartsWith('-'));
    }
}
