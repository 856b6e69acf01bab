using Ikada.Cli.Client;

namespace Ikada.Cli.Tests.Client;

public class DialOptionsTests
{
    [Theory]
    [InlineData("--user=me", "--user=me needs a password")]
    [InlineData("--password=secret", "--password needs a name")]
    [InlineData("--cert=/c", "--cert=/c needs its counterpart")]
    [InlineData("--key=/k", "--key=/k needs its counterpart")]
    [InlineData("--cacert=/nowhere", "--cacert=/nowhere cannot be used")]
    [InlineData("--command-timeout=x", "--command-timeout: 'x' is not a duration")]
    [InlineData("--dial-timeout=0s", "--dial-timeout: '0s' is not a duration")]
    [InlineData("--endpoints=unix:///x", "unix sockets are not served")]
    public async Task What_cannot_be_used_is_named(string option, string reason)
    {
        var error = await Assert.ThrowsAsync<CliException>(
            () => CommandLine.RunAsync(["endpoint", "status", option]));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("put a b", "put a b")]
    [InlineData("--endpoints x put a b", "put a b --endpoints x")]
    [InlineData("--endpoints=x -w json lease list", "lease list --endpoints=x -w json")]
    [InlineData("--hex get -- -k", "get --hex -- -k")]
    [InlineData("--help", "--help")]
    public void Options_before_the_verb_go_behind_it(string line, string expected) =>
        Assert.Equal(expected.Split(' '), CommandLine.VerbFirst(line.Split(' ')));

    [Theory]
    [InlineData("h:1", false, "http://h:1/")]
    [InlineData("h:1", true, "https://h:1/")]
    [InlineData("http://h:1", true, "http://h:1/")]
    [InlineData("https://h:1", false, "https://h:1/")]
    public void An_endpoint_without_a_scheme_follows_the_options(string text, bool isTls, string expected) =>
        Assert.Equal(
            expected, Assert.Single(Endpoint.ParseList(text, "test", isTls)).Address.ToString());

    [Theory]
    [InlineData("me:a:b", null, "me", "a:b")]
    [InlineData("me", "pw", "me", "pw")]
    [InlineData("me:x", "pw", "me:x", "pw")]
    [InlineData("me:", null, "me", "")]
    public void A_password_stands_behind_the_name_or_beside_it(
        string user, string? password, string name, string expected)
    {
        var login = Login.Of((user, "--user"), (password, "--password"));
        Assert.Equal((name, expected), (login!.Name, login.Password));
        Assert.Equal($"--user={name}", $"{login}");
    }
}
