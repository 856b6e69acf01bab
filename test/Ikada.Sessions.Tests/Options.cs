namespace Ikada.Sessions.Tests;

public sealed class Options
{
    public static TheoryData<SessionOptions, string> Bad() => new()
    {
        { new() { SessionsMax = 0 }, "SessionsMax is 0; it must be from 1 to 1000000" },
        { new() { SessionsMax = 1_000_001 }, "SessionsMax is 1000001; it must be from 1 to 1000000" },
        { new() { CommandsPerSessionMax = 0 }, "CommandsPerSessionMax is 0; it must be from 1 to 65536" },
        { new() { CommandsPerSessionMax = 65_537 },
            "CommandsPerSessionMax is 65537; it must be from 1 to 65536" },
        { new() { AnswerBytesMax = 1023 }, "AnswerBytesMax is 1023; it must be at least 1024" },
        { new() { IdleEntriesMax = 0 }, "IdleEntriesMax is 0; it must be at least 1" },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void What_is_out_of_range_is_named_with_its_value_and_the_range(
        SessionOptions options, string wrong)
    {
        Assert.Equal(wrong, options.Validate());
        Assert.Throws<ArgumentException>(() => SessionCommand.EncodeOpen(options));
    }

    [Fact]
    public void What_is_in_range_is_taken()
    {
        Assert.Null(new SessionOptions().Validate());
        Assert.Null(new SessionOptions
        {
            SessionsMax = 1, CommandsPerSessionMax = 1, AnswerBytesMax = 1024, IdleEntriesMax = 1,
        }.Validate());
    }
}
