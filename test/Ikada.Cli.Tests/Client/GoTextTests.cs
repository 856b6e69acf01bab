using Google.Protobuf;
using Ikada.Cli.Client;

namespace Ikada.Cli.Tests.Client;

public class GoTextTests
{
    [Theory]
    [InlineData("plain ü 日", "\"plain ü 日\"")]
    [InlineData("a\"b\\c", "\"a\\\"b\\\\c\"")]
    [InlineData("it's", "\"it's\"")]
    [InlineData("\n\t\r\a\b\f\v", "\"\\n\\t\\r\\a\\b\\f\\v\"")]
    [InlineData("\u0001\u007f", "\"\\x01\\x7f\"")]
    [InlineData("\u200b", "\"\\u200b\"")]
    public void A_text_is_quoted_as_go_does(string text, string expected) =>
        Assert.Equal(expected, GoText.Quoted(text));

    [Fact]
    public void Bytes_that_are_no_utf8_are_quoted_one_by_one() =>
        Assert.Equal(
            "\"a\\xff\\xe3\\x81b\"", GoText.Quoted(ByteString.CopyFrom(0x61, 0xFF, 0xE3, 0x81, 0x62)));

    [Theory]
    [InlineData("\"a b\"", "61-20-62")]
    [InlineData("`a\\n`", "61-5C-6E")]
    [InlineData("\"\\x00\\xff\\n\\\"\"", "00-FF-0A-22")]
    [InlineData("\"\\u00fc\\U0001f600\"", "C3-BC-F0-9F-98-80")]
    [InlineData("\"\\101\"", "41")]
    [InlineData("\"😀\"", "F0-9F-98-80")]
    public void A_quoted_text_is_read(string text, string expected)
    {
        var at = 0;
        Assert.Equal(expected, BitConverter.ToString(GoText.Unquote(text, ref at)!));
        Assert.Equal(text.Length, at);
    }

    [Theory]
    [InlineData("a")]
    [InlineData("\"a")]
    [InlineData("\"\\q\"")]
    [InlineData("\"\\x1\"")]
    [InlineData("\"\\ud800\"")]
    public void What_is_not_quoted_or_has_no_end_is_refused(string text)
    {
        var at = 0;
        Assert.Null(GoText.Unquote(text, ref at));
    }

    [Fact]
    public void Every_byte_survives_the_way_through_text()
    {
        var bytes = Enumerable.Range(0, 256).Select(b => (byte)b).Concat("ü😀"u8.ToArray()).ToArray();
        Assert.Equal(bytes, GoText.Bytes(GoText.Text(bytes)).ToByteArray());
    }
}
