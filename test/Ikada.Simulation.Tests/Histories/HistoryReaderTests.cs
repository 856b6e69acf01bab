using System.Text;
using Ikada.Simulation.Histories;

namespace Ikada.Simulation.Tests.Histories;

/// <summary>The format of docs/simulation/histories.md, clause by clause.</summary>
public sealed class HistoryReaderTests
{
    private const string Put =
        """{"client":1,"start":1,"end":2,"op":"put","key":"k","value":"v","result":"ok"}""";

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("\r\n  \r\n\t\n")]
    [InlineData("\uFEFF")]
    [InlineData("\uFEFF\n")]
    public void A_file_without_operations_is_read(string text) => Assert.Equal(0, Read(text).Operations);

    [Theory]
    [InlineData(Put)]
    [InlineData(Put + "\n")]
    [InlineData("\uFEFF" + Put + "\r\n")]
    [InlineData("\n\n " + Put + " \t\r\n\n")]
    public void Byte_order_mark_blank_lines_and_either_line_end_are_read(string text)
    {
        var history = Read(text);
        Assert.Equal(1, history.Operations);
        Assert.Equal("k", history.KeyName(0));
        var op = history.OpsOf(0)[0];
        Assert.Equal((1, 1, 2, HistoryOpKind.Put), (op.Client, op.Start, op.End, op.Kind));
        Assert.Equal("v", history.ValueText(op.Value));
    }

    [Fact]
    public void Every_operation_with_every_result_it_can_have_is_read()
    {
        var history = Read(
            """
            {"op":"get","result":"ok","value":"a","key":"k","client":-1,"start":-5,"end":-5}
            {"op":"get","result":"missing","key":"k","client":1,"start":1,"end":2}
            {"op":"get","result":"missing","value":null,"key":"k","client":1,"start":1,"end":2}
            {"op":"get","result":"unknown","key":"k","client":1,"start":1,"end":2}
            {"op":"get","result":"fail","key":"k","client":1,"start":1,"end":2}
            {"op":"put","result":"ok","value":"","key":"k","client":1,"start":1,"end":2}
            {"op":"put","result":"unknown","value":"a","key":"k","client":1,"start":1}
            {"op":"put","result":"fail","value":"a","key":"k","client":1,"start":1,"end":2}
            {"op":"del","result":"ok","key":"k","client":1,"start":1,"end":2}
            {"op":"del","result":"unknown","key":"k","client":1,"start":1,"end":null}
            {"op":"del","result":"fail","key":"k","client":1,"start":1,"end":2}
            {"op":"cas","result":"ok","value":"a","key":"k","client":1,"start":1,"end":2}
            {"op":"cas","result":"ok","from":null,"value":"a","key":"k","client":1,"start":1,"end":2}
            {"op":"cas","result":"mismatch","from":"b","value":"a","key":"k","client":1,"start":1,"end":2}
            {"op":"cas","result":"unknown","from":"b","value":"a","key":"k","client":1,"start":1,"end":0}
            {"op":"cas","result":"fail","from":"b","value":"a","key":"k","client":1,"start":1,"end":2}
            """);
        Assert.Equal(16, history.Operations);
        Assert.Equal(5, history.Ignored);
        Assert.Equal(3, history.Unknown);
        var ops = history.OpsOf(0);
        Assert.Equal(11, ops.Count);
        Assert.Equal("", history.ValueText(ops[3].Value));
        Assert.Equal(History.MissingValue, ops[7].From);
        Assert.Equal(History.MissingValue, ops[8].From);
        Assert.Equal("b", history.ValueText(ops[9].From));
        Assert.All(
            ops.Where(op => op.Result == HistoryResult.Unknown), op => Assert.Equal(long.MaxValue, op.End));
    }

    [Theory]
    [InlineData("\"never\"")]
    [InlineData("[1,{}]")]
    [InlineData("1e400")]
    public void The_end_of_an_unknown_outcome_is_ignored_whatever_it_is(string end) =>
        Assert.Equal(1, Read(Put.Replace("\"ok\"", "\"unknown\"").Replace(":2,", $":{end},")).Unknown);

    [Fact]
    public void Strings_are_equal_if_they_are_the_same_characters_however_they_are_escaped()
    {
        var history = Read(
            Put.Replace("\"v\"", "\"\\u0061\\n\\\"\\\\\\/\\ud83d\\ude00\"") + "\n"
            + Put.Replace("\"v\"", "\"a\\u000A\\u0022\\u005c/😀\"") + "\n"
            + Put.Replace("\"v\"", "\"é\"") + "\n" + Put.Replace("\"v\"", "\"e\u0301\"") + "\n"
            + Put.Replace("\"v\"", "\"\\udc80\"") + "\n" + Put.Replace("\"v\"", "\"\\udc81\"") + "\n"
            + Put.Replace("\"k\"", "\"K\"").Replace("\"op\"", "\"\\u006fp\""));
        var values = history.OpsOf(0).Select(op => op.Value).ToList();
        Assert.Equal("a\n\"\\/😀", history.ValueText(values[0]));
        Assert.Equal(values[0], values[1]);
        Assert.Equal(5, values.Distinct().Count());
        Assert.Equal(2, history.Keys);
    }

    [Theory]
    [InlineData("9223372036854775807", long.MaxValue)]
    [InlineData("-9223372036854775808", long.MinValue)]
    [InlineData("1e18", 1_000_000_000_000_000_000)]
    [InlineData("5.0", 5)]
    public void Integers_of_64_bits_are_read(string text, long number) =>
        Assert.Equal(number, Read(Put.Replace("\"client\":1", $"\"client\":{text}")).OpsOf(0)[0].Client);

    [Theory]
    [InlineData("9223372036854775808")]
    [InlineData("1e400")]
    [InlineData("1.5")]
    [InlineData("1e-30")]
    [InlineData("0.00000000000000000000000000000000001")]
    [InlineData("\"1\"")]
    [InlineData("null")]
    [InlineData("true")]
    [InlineData("[1]")]
    [InlineData("{}")]
    public void What_is_no_integer_of_64_bits_is_refused(string text)
    {
        Refused(Put.Replace("\"client\":1", $"\"client\":{text}"), "'client'", "integer");
        Refused(Put.Replace("\"start\":1", $"\"start\":{text}"), "'start'", "integer");
        Refused(Put.Replace("\"end\":2", $"\"end\":{text}"), "'end'", "integer");
    }

    [Theory]
    [InlineData("\"client\":1,", "'client' is missing")]
    [InlineData("\"start\":1,", "'start' is missing")]
    [InlineData("\"end\":2,", "'end' is missing")]
    [InlineData("\"op\":\"put\",", "'op' is missing")]
    [InlineData("\"key\":\"k\",", "'key' is missing")]
    [InlineData("\"value\":\"v\",", "'value' is missing")]
    [InlineData(",\"result\":\"ok\"", "'result' is missing")]
    public void A_missing_field_is_named(string without, string problem) =>
        Refused(Put.Replace(without, ""), problem);

    [Theory]
    [InlineData("op", "\"PUT\"", "'op' is \"PUT\"")]
    [InlineData("op", "\"read\"", "get, put, del or cas")]
    [InlineData("op", "7", "'op' is a number; it must be a string")]
    [InlineData("key", "null", "'key' is null; it must be a string")]
    [InlineData("key", "5", "'key' is a number")]
    [InlineData("value", "5", "'value' is a number")]
    [InlineData("value", "null", "'value' is missing")]
    [InlineData("value", "{}", "'value' is an object")]
    [InlineData("from", "[]", "'from' is an array")]
    [InlineData("result", "\"OK\"", "'result' is \"OK\"")]
    [InlineData("result", "\"missing\"", "a put cannot have the result \"missing\"")]
    [InlineData("result", "\"mismatch\"", "a put cannot have the result \"mismatch\"")]
    [InlineData("result", "false", "'result' is a boolean")]
    [InlineData("end", "0", "it starts at 1, after its end at 0")]
    public void A_field_that_makes_no_sense_is_named(string field, string text, string problem)
    {
        var fields = new Dictionary<string, string>
        {
            ["client"] = "1", ["start"] = "1", ["end"] = "2", ["op"] = "\"put\"", ["key"] = "\"k\"",
            ["value"] = "\"v\"", ["result"] = "\"ok\"", [field] = text,
        };
        var line = string.Join(",", fields.Select(pair => $"\"{pair.Key}\":{pair.Value}"));
        Refused("{" + line + "}", problem);
    }

    [Theory]
    [InlineData("get", "mismatch")]
    [InlineData("del", "missing")]
    [InlineData("del", "mismatch")]
    [InlineData("cas", "missing")]
    [InlineData("get", "okay")]
    public void A_result_that_the_operation_cannot_have_is_refused(string op, string result) =>
        Refused(Put.Replace("\"put\"", $"\"{op}\"").Replace("\"ok\"", $"\"{result}\""), result);

    [Fact]
    public void A_get_says_what_it_read_or_that_it_found_nothing()
    {
        var get = Put.Replace("\"put\"", "\"get\"");
        Refused(get.Replace(",\"value\":\"v\"", ""), "'value' is missing");
        Refused(get.Replace("\"ok\"", "\"missing\""), "found \"v\"");
    }

    [Theory]
    [InlineData("x", "not one JSON object")]
    [InlineData("{", "not one JSON object")]
    [InlineData("[]", "an array, not a JSON object")]
    [InlineData("7", "a number, not a JSON object")]
    [InlineData("{\"client\":1,}", "not one JSON object")]
    [InlineData("// a remark", "not one JSON object")]
    public void What_is_no_object_is_refused(string text, string problem) => Refused(text, problem);

    [Fact]
    public void Two_objects_on_a_line_a_field_twice_and_broken_strings_are_refused()
    {
        Refused(Put + Put, "not one JSON object");
        Refused(Put + ",", "not one JSON object");
        Refused(Put.Replace("{", "{\"key\":\"j\","), "'key' stands there twice");
        Refused(Put.Replace("\"k\"", "\"\\x\""), "not one JSON object");
        Refused(Put.Replace("\"k\"", "\"\\u12\""), "not one JSON object");
    }

    [Fact]
    public void Bytes_that_are_not_utf8_are_refused()
    {
        byte[] line = [.. Encoding.UTF8.GetBytes(Put)];
        line[Array.IndexOf(line, (byte)'v', 60)] = 0xFF;
        var error = Assert.Throws<HistoryFormatException>(() => HistoryReader.Read(new MemoryStream(line)));
        Assert.Contains("UTF-8", error.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Fields_that_nobody_knows_are_skipped() =>
        Assert.Equal(1, Read(Put.Replace("{", "{\"node\":{\"id\":[1,2,{}]},\"note\":null,")).Operations);

    [Fact]
    public void The_line_of_an_error_counts_every_line()
    {
        var text = Put + "\n\r\n" + Put + "\n{}\n" + Put;
        var error = Assert.Throws<HistoryFormatException>(() => Read(text));
        Assert.Equal(4, error.Line);
    }

    [Fact]
    public void Lines_longer_than_the_buffer_are_read()
    {
        var value = new string('x', 1_000_000);
        var history = Read(Put + "\n" + Put.Replace("\"v\"", $"\"{value}\"") + "\n" + Put);
        Assert.Equal(3, history.Operations);
        Assert.Equal(value, history.ValueText(history.OpsOf(0)[1].Value));
    }

    [Fact]
    public void Bytes_that_come_one_by_one_make_the_same_history()
    {
        var text = Put + "\r\n" + Put.Replace("\"v\"", "\"é\\u00e9\"") + "\n\n" + Put;
        var history = HistoryReader.Read(new SlowStream(Encoding.UTF8.GetBytes(text)));
        Assert.Equal(3, history.Operations);
        Assert.Equal("éé", history.ValueText(history.OpsOf(0)[1].Value));
    }

    private static History Read(string text) =>
        HistoryReader.Read(new MemoryStream(Encoding.UTF8.GetBytes(text)));

    private static void Refused(string line, params ReadOnlySpan<string> problems)
    {
        var error = Assert.Throws<HistoryFormatException>(() => Read(Put + "\n" + line + "\n" + Put));
        Assert.Equal(2, error.Line);
        foreach (var problem in problems)
        {
            Assert.Contains(problem, error.Problem, StringComparison.Ordinal);
        }
    }

    private sealed class SlowStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override int Read(Span<byte> buffer) => base.Read(buffer[..1]);
    }
}
