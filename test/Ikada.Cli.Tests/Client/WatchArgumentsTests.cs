using System.CommandLine;
using Ikada.Cli.Client;

namespace Ikada.Cli.Tests.Client;

public class WatchArgumentsTests
{
    [Theory]
    [InlineData("a", "a", "", "")]
    [InlineData("a c", "a", "c", "")]
    [InlineData("a -- echo hi", "a", "", "echo hi")]
    [InlineData("a c --rev 7 -- echo -n --prefix a", "a", "c", "echo -n --prefix a")]
    [InlineData("--prefix a -- ls", "a", "b", "ls")]
    [InlineData("a -- a -- b", "a", "", "a -- b")]
    public void Key_range_end_and_command_are_told_apart(string line, string key, string end, string command)
    {
        var order = Read(line);
        Assert.Equal(key, order.Request.Key.ToStringUtf8());
        Assert.Equal(end, order.Request.RangeEnd.ToStringUtf8());
        Assert.Equal(command, string.Join(' ', order.Command));
    }

    [Theory]
    [InlineData("", "k", "", "k", "", "")]
    [InlineData("--rev 3", "k", "m", "k", "m", "")]
    [InlineData("-- echo k", "k", "m", "k", "m", "echo k")]
    public void The_environment_may_name_the_keys(
        string line, string keySet, string endSet, string key, string end, string command)
    {
        var order = Read(line, keySet, endSet);
        Assert.Equal(key, order.Request.Key.ToStringUtf8());
        Assert.Equal(end, order.Request.RangeEnd.ToStringUtf8());
        Assert.Equal(command, string.Join(' ', order.Command));
    }

    [Theory]
    [InlineData("", "", "", "a key is missing")]
    [InlineData("-- echo", "", "", "a key is missing")]
    [InlineData("a --", "", "", "no command stands behind '--'")]
    [InlineData("a b c", "", "", "'c' is one word too many")]
    [InlineData("a", "k", "", "'a' conflicts with ETCDCTL_WATCH_KEY='k'")]
    [InlineData("a -- echo", "k", "", "'a' conflicts with ETCDCTL_WATCH_KEY='k'")]
    [InlineData("--prefix", "k", "m", "a range end ('m') cannot stand with --prefix")]
    public void What_does_not_go_together_is_named(string line, string keySet, string endSet, string reason)
    {
        var error = Assert.Throws<CliException>(() => Read(line, keySet, endSet));
        Assert.Equal(CliException.Usage, error.ExitCode);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_range_end_alone_in_the_environment_is_refused()
    {
        var error = Assert.Throws<CliException>(
            () => WatchArguments.CheckEnvironment(name => name == WatchArguments.EndVariable ? "m" : null));
        Assert.Contains(
            "ETCDCTL_WATCH_KEY is empty but ETCDCTL_WATCH_RANGE_END is 'm'", error.Message,
            StringComparison.Ordinal);
    }

    private static WatchOrder Read(string line, string keySet = "", string endSet = "")
    {
        var arguments = new WatchArguments();
        var command = new Command("watch");
        ClientCommand.AddAll(command, arguments.Symbols);
        var parsed = command.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Empty(parsed.Errors);
        return arguments.Read(parsed, name => name == WatchArguments.KeyVariable ? keySet : endSet);
    }
}
