namespace Ikada.Cli.Tests;

public class ServeArgumentsTests
{
    [Theory]
    [InlineData("--name", "n1")]
    [InlineData("-name", "n1")]
    [InlineData("--name=n1")]
    [InlineData("-name=n1")]
    public void A_flag_has_one_dash_or_two_and_its_value_behind_a_space_or_an_equals_sign(
        params string[] arguments) =>
        Assert.Equal("n1", Serving.Settings(arguments).Name);

    [Fact]
    public void The_last_of_several_counts() =>
        Assert.Equal("b", Serving.Settings("--name", "a", "--name", "b").Name);

    [Fact]
    public void A_boolean_flag_does_not_take_the_next_argument() =>
        Assert.Equal("n1", Serving.Settings("--pre-vote", "--name", "n1").Name);

    [Fact]
    public void A_boolean_flag_takes_a_value_behind_an_equals_sign() =>
        Assert.Contains(
            "--pre-vote has no effect. Pre-vote is always on.",
            Serving.Settings("--pre-vote=false").Warnings);

    [Fact]
    public void A_value_may_hold_equals_signs() =>
        Assert.Equal(
            "a", Serving.Settings("--name=a", "--initial-cluster=a=http://127.0.0.1:1")
                .InitialCluster[0].Name);

    [Theory]
    [InlineData("--nmae=x", "unknown flag --nmae; did you mean --name? 'ikada serve --help' lists all")]
    [InlineData(
        "-data_dir", "unknown flag -data_dir; did you mean --data-dir? 'ikada serve --help' lists all")]
    [InlineData("--zzzzzzzzzzzz", "unknown flag --zzzzzzzzzzzz; 'ikada serve --help' lists all")]
    [InlineData("start", "'start' is not a flag; 'ikada serve' takes only flags: see 'ikada serve --help'")]
    [InlineData("--name", "--name needs a value: --name=default")]
    [InlineData("--pre-vote=maybe", "--pre-vote: 'maybe' is not true or false")]
    [InlineData("--election-timeout=1s", "--election-timeout: '1s' is not a whole number from 0 on")]
    [InlineData("--election-timeout=-1", "--election-timeout: '-1' is not a whole number from 0 on")]
    [InlineData(
        "--grpc-keepalive-timeout=5",
            "--grpc-keepalive-timeout: '5' is not a duration such as 10ms, 5s or 1h30m")]
    [InlineData("--quota-backend-bytes=2G", "--quota-backend-bytes: '2G' is not a whole number")]
    [InlineData("--storage-engine=bolt", "--storage-engine: 'bolt' is no engine: rocksdb or memory")]
    [InlineData(
        "--scrub-interval=1ms", "--scrub-interval: '1ms' is neither 0s, which is never, nor from 1s to 960h")]
    [InlineData(
        "--snapshot-bytes-per-second=0",
            "--snapshot-bytes-per-second: '0' is not from 1 to 9223372036854775807")]
    [InlineData("--heartbeat-interval=0", "--heartbeat-interval: '0' is not from 1 to 50000")]
    [InlineData("--max-request-bytes=0", "--max-request-bytes: '0' is not from 1 to 536870912")]
    [InlineData(
        "--initial-cluster-state=old", "--initial-cluster-state: 'old' is neither 'new' nor 'existing'")]
    [InlineData(
        "--log-level=loud",
        "--log-level: 'loud' is no log level; choose among debug, info, warn, error, dpanic, panic, fatal")]
    public void What_cannot_be_read_is_named_with_its_value_and_the_remedy(string argument, string message)
    {
        var refusal = Serving.Refusal(argument);
        Assert.Equal(message, refusal.Message);
        Assert.Equal(CliException.Usage, refusal.ExitCode);
    }

    [Theory]
    [InlineData("0x64", 100)]
    [InlineData("0144", 100)]
    [InlineData("0b1100100", 100)]
    public void Whole_numbers_are_read_in_all_of_Gos_notations(string text, int milliseconds) =>
        Assert.Equal(
            TimeSpan.FromMilliseconds(milliseconds),
            Serving.Settings($"--heartbeat-interval={text}").HeartbeatInterval);
}
