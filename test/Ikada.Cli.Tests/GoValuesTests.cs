using Ikada.Cli.Serving;

namespace Ikada.Cli.Tests;

public class GoValuesTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("10ms", 10)]
    [InlineData("5s", 5_000)]
    [InlineData("1h30m", 5_400_000)]
    [InlineData("1.5s", 1_500)]
    [InlineData(".5s", 500)]
    [InlineData("-2s", -2_000)]
    [InlineData("1m0.5s", 60_500)]
    public void A_duration_is_a_sum_of_numbers_with_units(string text, double milliseconds)
    {
        Assert.True(GoValues.TryDuration(text, out var value));
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("s")]
    [InlineData("5 s")]
    [InlineData("5d")]
    [InlineData("1..5s")]
    [InlineData("999999999h")]
    public void Anything_else_is_no_duration(string text) => Assert.False(GoValues.TryDuration(text, out _));

    [Theory]
    [InlineData("18446744073709551615", ulong.MaxValue)]
    [InlineData("0xFF_FF", 65535)]
    [InlineData("0", 0)]
    public void Whole_numbers_go_to_the_last_of_64_bits(string text, ulong expected)
    {
        Assert.True(GoValues.TryUnsigned(text, out var value));
        Assert.Equal(expected, value);
    }

    [Theory]
    [InlineData("18446744073709551616")]
    [InlineData("")]
    [InlineData("0x")]
    [InlineData("08")]
    [InlineData("1_000")]
    [InlineData("+1")]
    public void Anything_else_is_no_whole_number(string text) =>
        Assert.False(GoValues.TryUnsigned(text, out _));

    [Fact]
    public void The_least_negative_number_is_read()
    {
        Assert.True(GoValues.TryInteger("-9223372036854775808", out var value));
        Assert.Equal(long.MinValue, value);
        Assert.False(GoValues.TryInteger("9223372036854775808", out _));
    }
}
