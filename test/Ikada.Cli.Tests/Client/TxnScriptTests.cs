using Ikada.Api.Etcd;
using Ikada.Cli.Client;
using static Ikada.Api.Etcd.Compare.Types;

namespace Ikada.Cli.Tests.Client;

public class TxnScriptTests
{
    [Theory]
    [InlineData("mod(\"a\") > \"3\"", CompareTarget.Mod, CompareResult.Greater, 3)]
    [InlineData("m(\"a\")<\"-3\"", CompareTarget.Mod, CompareResult.Less, -3)]
    [InlineData("create(\"a\") = \"0\"", CompareTarget.Create, CompareResult.Equal, 0)]
    [InlineData("c(\"a\") != \"0\"", CompareTarget.Create, CompareResult.NotEqual, 0)]
    [InlineData("version(`a`) = `7`", CompareTarget.Version, CompareResult.Equal, 7)]
    [InlineData("ver(\"a\") = \"7\"", CompareTarget.Version, CompareResult.Equal, 7)]
    [InlineData("lease(\"a\") = \"1f\"", CompareTarget.Lease, CompareResult.Equal, 31)]
    public void A_compare_of_a_number_is_read(
        string line, CompareTarget target, CompareResult result, long number)
    {
        var compare = TxnScript.Compare(line);
        Assert.Equal(
            ("a", target, result), (compare.Key.ToStringUtf8(), compare.Target, compare.Result));
        Assert.Equal(number, target switch
        {
            CompareTarget.Mod => compare.ModRevision,
            CompareTarget.Create => compare.CreateRevision,
            CompareTarget.Version => compare.Version,
            _ => compare.Lease,
        });
    }

    [Fact]
    public void A_compare_of_a_value_takes_any_bytes_and_brackets()
    {
        var compare = TxnScript.Compare("value(\"a(b) \\\"\") = \"\\x00) > 1\"");
        Assert.Equal("a(b) \"", compare.Key.ToStringUtf8());
        Assert.Equal("\0) > 1", compare.Value.ToStringUtf8());
        Assert.Equal(CompareTarget.Value, TxnScript.Compare("val(\"k\") = \"\"").Target);
    }

    [Theory]
    [InlineData("foo", "malformed comparison: foo")]
    [InlineData("mod(a) > \"1\"", "malformed comparison")]
    [InlineData("mod(\"a\") > 1", "malformed comparison")]
    [InlineData("mod(\"a\") ? \"1\"", "malformed comparison")]
    [InlineData("mod(\"a\") == \"1\"", "malformed comparison")]
    [InlineData("mod(\"a\") = \"1\" x", "malformed comparison")]
    [InlineData("zzz(\"a\") = \"1\"", "unknown target 'zzz'")]
    [InlineData("mod(\"a\") = \"x\"", "'x' is no number")]
    [InlineData("lease(\"a\") = \"zz\"", "'zz' is no number in hex")]
    public void A_compare_that_is_not_one_is_named(string line, string reason) =>
        Assert.Contains(
            reason, Assert.Throws<CliException>(() => TxnScript.Compare(line)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Words_are_cut_at_blanks_and_quotes_hold_them_together() => Assert.Equal(
        ["put", "k ey", "it's", "a\"b", "c d", "\\n", "\n"],
        TxnScript.Words("put \"k ey\"   it's a\"b 'c d' '\\n' \"\\n\""));

    [Fact]
    public async Task The_three_lists_are_read_in_order()
    {
        var request = await ReadAsync(
            "mod(\"a\") > \"0\"", "", "put a \"1 2\" --lease=1f --prev-kv", "get a z --limit 3", "",
            "  del p --prefix --prev-kv  ", "");
        Assert.Single(request.Compare);
        var put = request.Success[0].RequestPut;
        Assert.Equal(
            ("a", "1 2", 31, true),
            (put.Key.ToStringUtf8(), put.Value.ToStringUtf8(), put.Lease, put.PrevKv));
        var get = request.Success[1].RequestRange;
        Assert.Equal(
            ("a", "z", 3), (get.Key.ToStringUtf8(), get.RangeEnd.ToStringUtf8(), get.Limit));
        var delete = Assert.Single(request.Failure).RequestDeleteRange;
        Assert.Equal(
            ("p", "q", true),
            (delete.Key.ToStringUtf8(), delete.RangeEnd.ToStringUtf8(), delete.PrevKv));
    }

    [Fact]
    public async Task A_word_that_begins_with_an_at_names_no_file()
    {
        var request = await ReadAsync("", "put @k @/dev/null", "", "");
        var put = Assert.Single(request.Success).RequestPut;
        Assert.Equal(("@k", "@/dev/null"), (put.Key.ToStringUtf8(), put.Value.ToStringUtf8()));
        var error = await Assert.ThrowsAsync<CliException>(
            () => CommandLine.RunAsync(["get", "@nothing", "--endpoints=127.0.0.1:1"]));
        Assert.StartsWith(
            "get @nothing: 127.0.0.1:1: no connection", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_in_all_three_is_a_transaction()
    {
        var request = await ReadAsync("", "", "");
        Assert.Empty(request.Compare);
        Assert.Empty(request.Success);
    }

    [Theory]
    [InlineData("the list of compares", "mod(\"a\") > \"0\"")]
    [InlineData("the list of success requests", "", "get a")]
    [InlineData("the list of failure requests", "", "", "get a")]
    [InlineData("putt a b", "", "putt a b")]
    [InlineData("the value is missing", "", "put a")]
    [InlineData("Required argument 'key'", "", "get")]
    [InlineData("or an escape that is unknown", "", "get \"a")]
    [InlineData("exclude each other", "", "get a --prefix --from-key")]
    public async Task What_is_wrong_is_named_and_nothing_is_sent(string reason, params string[] lines) =>
        Assert.Contains(
            reason, (await Assert.ThrowsAsync<CliException>(() => ReadAsync(lines))).Message,
            StringComparison.Ordinal);

    private static Task<TxnRequest> ReadAsync(params string[] lines)
    {
        var at = 0;
        return TxnScript.ReadAsync(_ => Task.FromResult(at < lines.Length ? lines[at++] : null));
    }
}
