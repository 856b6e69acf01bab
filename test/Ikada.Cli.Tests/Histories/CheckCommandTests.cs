using Ikada.Cli.Histories;

namespace Ikada.Cli.Tests.Histories;

/// <summary><c>ikada histories check</c>: the rules of the format, by exit code.</summary>
public sealed class CheckCommandTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();
    private readonly StringWriter _output = new();

    public void Dispose()
    {
        File.Delete(_file);
        _output.Dispose();
    }

    [Fact]
    public void An_empty_file_is_linearizable()
    {
        Assert.Equal(0, Check());
        Assert.StartsWith("linearizable", _output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, 1)]
    [InlineData(1, 0)]
    public void Equal_times_are_concurrent(int startOfGet, int expected) =>
        Assert.Equal(expected, Check(Put("a", 0, 1), Get(null, startOfGet, 9)));

    [Fact]
    public void Every_key_starts_missing_and_keys_are_apart()
    {
        Assert.Equal(0, Check(Get(null, 0, 1), Put("a", 2, 3, key: "other"), Get(null, 4, 5)));
        Assert.Equal(1, Check(Get("a", 0, 1), Put("a", 2, 3)));
        Assert.Equal(1, Check(Put("a", 2, 3, key: "other"), Get("a", 4, 5)));
    }

    [Fact]
    public void A_cas_from_nothing_needs_a_missing_key()
    {
        Assert.Equal(0, Check(Cas(null, "a", 0, 1), Get("a", 2, 3)));
        Assert.Equal(0, Check(Line("cas", 0, 1, "ok", "\"value\":\"a\",\"from\":null,"), Get("a", 2, 3)));
        Assert.Equal(1, Check(Put("x", 0, 1), Cas(null, "a", 2, 3)));
        Assert.Equal(0, Check(Put("x", 0, 1), Del(2, 3), Cas(null, "a", 4, 5)));
    }

    [Fact]
    public void A_mismatch_says_that_the_value_was_another()
    {
        Assert.Equal(0, Check(Cas("b", "c", 0, 1, "mismatch")));
        Assert.Equal(1, Check(Cas(null, "c", 0, 1, "mismatch")));
        Assert.Equal(0, Check(Put("a", 0, 1), Cas("b", "c", 2, 3, "mismatch"), Get("a", 4, 5)));
        Assert.Equal(1, Check(Put("a", 0, 1), Cas("a", "c", 2, 3, "mismatch")));
        Assert.Equal(0, Check(Put("a", 0, 1), Cas(null, "c", 2, 3, "mismatch")));
        Assert.Equal(1, Check(Put("a", 0, 1), Cas("b", "c", 2, 3, "mismatch"), Get("c", 4, 5)));
    }

    [Fact]
    public void A_del_of_a_missing_key_is_ok()
    {
        Assert.Equal(0, Check(Del(0, 1), Del(2, 3), Get(null, 4, 5)));
        Assert.Equal(1, Check(Put("a", 0, 1), Del(2, 3), Get("a", 4, 5)));
    }

    [Fact]
    public void An_unknown_outcome_may_happen_at_any_time_later_or_never()
    {
        var unknown = Put("a", 0, 1, "unknown");
        Assert.Equal(0, Check(unknown, Get(null, 2, 3), Get("a", 4, 5)));
        Assert.Equal(0, Check(unknown, Get(null, 2, 3)));
        Assert.Equal(0, Check(unknown, Put("b", 2, 3), Get("b", 4, 5), Get("a", 6, 7)));
        Assert.Equal(1, Check(unknown, Get("a", 2, 3), Get(null, 4, 5)));
        Assert.Equal(1, Check(Get("a", 0, 1), Put("a", 2, 3, "unknown")));
        Assert.Equal(0, Check(Put("a", 0, 1), Line("del", 2, 1, "unknown", ""), Get(null, 4, 5)));
        Assert.Equal(
            0, Check(Put("a", 0, 1), Cas("a", "b", 2, 3, "unknown"), Get("a", 4, 5), Get("b", 6, 7)));
        Assert.Equal(1, Check(Put("a", 0, 1), Cas("x", "b", 2, 3, "unknown"), Get("b", 6, 7)));
    }

    [Fact]
    public void What_failed_never_happened_and_an_unknown_read_says_nothing()
    {
        Assert.Equal(1, Check(Put("a", 0, 1, "fail"), Get("a", 2, 3)));
        Assert.Equal(0, Check(Put("a", 0, 1), Line("del", 2, 3, "fail", ""), Get("a", 4, 5)));
        Assert.Equal(0, Check(Line("get", 2, 3, "unknown", "\"value\":\"z\","), Get(null, 4, 5)));
        Assert.Equal(0, Check(Line("get", 2, 3, "fail", "\"value\":\"z\",")));
    }

    [Fact]
    public void One_client_may_overlap_with_itself() =>
        Assert.Equal(0, Check(Put("a", 0, 10), Put("b", 1, 9), Get("a", 11, 12), Get("a", 11, 12)));

    [Fact]
    public void Lines_may_come_in_any_order() =>
        Assert.Equal(0, Check(Get("b", 4, 5), Put("b", 2, 3), Get("a", 2, 2), Put("a", 0, 1)));

    [Fact]
    public void What_cannot_be_ordered_is_printed_alone_by_start()
    {
        Assert.Equal(1, Check(
            Get("a", 50, 51), Put("q", 1, 2, key: "z"), Put("x", 1, 2), Put("a", 10, 11), Get("a", 15, 16),
            Put("b", 20, 21), Get("b", 30, 31), Cas("b", "c", 40, 41, "mismatch", key: "z")));
        var text = _output.ToString();
        Assert.StartsWith("not linearizable", text, StringComparison.Ordinal);
        Assert.Contains("no smaller set is like that", text, StringComparison.Ordinal);
        var table = text.Split('\n').SkipWhile(line => !line.Contains("client", StringComparison.Ordinal))
            .Skip(1).Where(line => line.Length > 0).Select(line => line.Trim().Split(' ')[0]);
        Assert.Equal(["4", "6", "1"], table);
    }

    [Fact]
    public void A_history_that_is_too_hard_is_given_up()
    {
        var lines = new List<string>();
        for (var at = 0; at < 60; at++)
        {
            lines.Add(Put($"{at % 6}", 0, 1000 + at));
            lines.Add(Cas($"{at % 6}", $"{(at + 1) % 6}", 0, 1000 + at));
            lines.Add(Cas($"{at % 5}", "x", 0, 1000 + at, "mismatch"));
        }

        lines.Add(Get("x", 0, 2000, key: "other"));
        Assert.Equal(1, Check([.. lines]));
        lines.RemoveAt(lines.Count - 1);
        lines.Add(Cas("x", "0", 3000, 3001));
        lines.Add(Put("x", 2000, 2001, "unknown"));
        lines.Add(Cas("x", "0", 3002, 3003));
        Assert.Equal(CheckCommand.GaveUp, Check(statesMax: 100, [.. lines]));
        Assert.StartsWith("gave up", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Bad_input_is_told_with_its_line()
    {
        var error = Assert.Throws<CliException>(() => Check(Put("a", 0, 1), "", Put("a", 5, 4)));
        Assert.Equal(CheckCommand.BadInput, error.ExitCode);
        Assert.Contains("line 3: it starts at 5", error.Message, StringComparison.Ordinal);
        var missing = Assert.Throws<CliException>(() => CheckCommand.Run(_file + "x", 1, 1, _output));
        Assert.Equal(CheckCommand.BadInput, missing.ExitCode);
        var directory = Assert.Throws<CliException>(
            () => CheckCommand.Run(Path.GetTempPath(), 1, 1, _output));
        Assert.Equal(CheckCommand.BadInput, directory.ExitCode);
    }

    [Fact]
    public void Bounds_that_make_no_sense_are_refused()
    {
        Assert.Throws<CliException>(() => CheckCommand.Run(_file, 0, 1, _output));
        Assert.Throws<CliException>(() => CheckCommand.Run(_file, double.NaN, 1, _output));
        Assert.Throws<CliException>(() => CheckCommand.Run(_file, 1, 0, _output));
    }

    private int Check(params string[] lines) => Check(1 << 20, lines);

    private int Check(long statesMax, string[] lines)
    {
        File.WriteAllLines(_file, lines);
        _output.GetStringBuilder().Clear();
        return CheckCommand.Run(_file, secondsMax: 60, statesMax, _output);
    }

    private static string Put(string value, long start, long end, string result = "ok", string key = "k") =>
        Line("put", start, end, result, $"\"value\":\"{value}\",", key);

    private static string Get(string? value, long start, long end, string key = "k") => value is null
        ? Line("get", start, end, "missing", "", key)
        : Line("get", start, end, "ok", $"\"value\":\"{value}\",", key);

    private static string Del(long start, long end) => Line("del", start, end, "ok", "");

    private static string Cas(
        string? from, string value, long start, long end, string result = "ok", string key = "k")
    {
        var expected = from is null ? "" : $"\"from\":\"{from}\",";
        return Line("cas", start, end, result, expected + $"\"value\":\"{value}\",", key);
    }

    private static string Line(
        string op, long start, long end, string result, string more, string key = "k") =>
        $"{{\"client\":0,\"start\":{start},\"end\":{end},\"op\":\"{op}\",\"key\":\"{key}\",{more}"
        + $"\"result\":\"{result}\"}}";
}
