using Ikada.Simulation.Histories;

namespace Ikada.Simulation.Tests.Histories;

/// <summary>Verdicts, by the definition and at length.</summary>
public sealed class HistoryCheckerTests
{
    private static readonly Func<bool> Never = static () => false;

    [Fact]
    public void Of_small_histories_it_says_what_trying_every_order_says()
    {
        var (right, wrong) = (0, 0);
        for (var seed = 0; seed < 20_000; seed++)
        {
            var ops = new RandomHistories(seed).Any(opsMax: 9);
            var expected = ReferenceChecker.CanBeOrdered(ops);
            Assert.True(expected == CanBeOrdered(ops), $"seed {seed}: {string.Join('\n', ops)}");
            (right, wrong) = (right + (expected ? 1 : 0), wrong + (expected ? 0 : 1));
        }

        Assert.InRange(right, 5_000, 15_000);
        Assert.InRange(wrong, 5_000, 15_000);
    }

    [Fact]
    public void Of_what_a_register_says_and_one_word_changed_it_says_what_trying_every_order_says()
    {
        var (right, wrong) = (0, 0);
        for (var seed = 0; seed < 5_000; seed++)
        {
            var ops = new RandomHistories(seed).Right(10, clients: 3, values: seed % 4, unknownPercent: 15);
            Assert.True(CanBeOrdered(ops), $"seed {seed}: {string.Join('\n', ops)}");
            var at = ops.FindIndex(seed % ops.Count, op => op.Kind == HistoryOpKind.Get);
            if (at < 0)
            {
                continue;
            }

            var other = ops[(at + seed) % ops.Count].Value;
            ops[at] = ops[at] with
            {
                Value = other,
                Result = other == History.MissingValue ? HistoryResult.Missing : HistoryResult.Ok,
            };
            var expected = ReferenceChecker.CanBeOrdered(ops);
            Assert.True(expected == CanBeOrdered(ops), $"seed {seed}, changed: {string.Join('\n', ops)}");
            (right, wrong) = (right + (expected ? 1 : 0), wrong + (expected ? 0 : 1));
        }

        Assert.InRange(right, 500, 5_000);
        Assert.InRange(wrong, 500, 5_000);
    }

    [Theory]
    [InlineData(20_000, 1, 0, 0)]
    [InlineData(20_000, 10, 0, 2)]
    [InlineData(5_000, 100, 0, 2)]
    [InlineData(3_000, 50, 2, 2)]
    [InlineData(3_000, 8, 5, 1)]
    [InlineData(1_000, 30, 0, 30)]
    public void Long_histories_of_a_right_register_are_ordered(
        int count, int clients, int values, int unknown)
    {
        for (var seed = 0; seed < 2; seed++)
        {
            Assert.True(CanBeOrdered(new RandomHistories(seed).Right(count, clients, values, unknown)));
        }
    }

    [Fact]
    public void A_hundred_concurrent_writers_and_a_stale_read_at_the_end_are_judged_without_a_search()
    {
        var ops = new List<HistoryOp>();
        for (var value = 1; value <= 100; value++)
        {
            ops.Add(Op(HistoryOpKind.Put, HistoryResult.Ok, value, start: 0, end: 1000));
        }

        ops.Add(Op(HistoryOpKind.Get, HistoryResult.Ok, 7, start: 1001, end: 1002));
        Assert.True(CanBeOrdered(ops));
        ops.Add(Op(HistoryOpKind.Get, HistoryResult.Ok, 8, start: 1003, end: 1004));
        Assert.False(CanBeOrdered(ops));
    }

    [Fact]
    public void Forty_writes_of_unknown_outcome_change_nothing_for_reads_that_do_not_see_them()
    {
        var ops = new List<HistoryOp> { Op(HistoryOpKind.Put, HistoryResult.Ok, 1, start: 0, end: 1) };
        for (var write = 0; write < 40; write++)
        {
            ops.Add(Op(HistoryOpKind.Put, HistoryResult.Unknown, 2 + (write % 4), 2 + write, long.MaxValue));
            ops.Add(Op(HistoryOpKind.Delete, HistoryResult.Unknown, 0, 2 + write, long.MaxValue));
        }

        ops.Add(Op(HistoryOpKind.Get, HistoryResult.Ok, 1, start: 100, end: 101));
        ops.Add(Op(HistoryOpKind.Get, HistoryResult.Ok, 4, start: 102, end: 103));
        ops.Add(Op(HistoryOpKind.Get, HistoryResult.Ok, 5, start: 104, end: 105));
        Assert.True(CanBeOrdered(ops));
        ops.Add(Op(HistoryOpKind.Get, HistoryResult.Ok, 1, start: 106, end: 107));
        Assert.False(CanBeOrdered(ops));
    }

    [Fact]
    public void It_gives_up_rather_than_say_what_it_does_not_know()
    {
        var ops = new RandomHistories(1).Right(300, clients: 40, values: 4, unknownPercent: 0);
        Assert.Equal(SearchResult.GaveUp, KeyCheck.Run(ops, [], new SearchBudget(4, Never)));
        var noTime = new SearchBudget(1 << 20, static () => true);
        Assert.Equal(SearchResult.GaveUp, KeyCheck.Run(ops, [], noTime));
        var history = Of("k", ops);
        Assert.Equal(HistoryOutcome.GaveUp, HistoryChecker.Check(history, 4, Never).Outcome);
        Assert.Equal([0], HistoryChecker.Check(history, 4, Never).UndecidedKeys);
    }

    [Fact]
    public void A_wrong_key_is_found_behind_one_that_is_given_up()
    {
        var hard = new RandomHistories(1).Right(300, clients: 40, values: 4, unknownPercent: 0);
        var history = Of("hard", hard);
        history.Add("wrong", Op(HistoryOpKind.Get, HistoryResult.Ok, 1, start: 0, end: 1));
        var verdict = HistoryChecker.Check(history, 4, Never);
        Assert.Equal(HistoryOutcome.NotLinearizable, verdict.Outcome);
        Assert.Equal([1], verdict.WrongKeys);
        Assert.Equal([0], verdict.UndecidedKeys);
    }

    [Fact]
    public void A_hard_key_takes_nothing_from_the_time_in_which_what_is_wrong_is_made_small()
    {
        var hard = new List<HistoryOp>();
        for (var at = 0; at < 60; at++)
        {
            var end = 1000 + at;
            hard.Add(Op(HistoryOpKind.Put, HistoryResult.Ok, 1 + (at % 6), 0, end));
            hard.Add(Op(
                HistoryOpKind.CompareAndSet, HistoryResult.Ok, 1 + ((at + 1) % 6), 0, end, 1 + (at % 6)));
            hard.Add(Op(HistoryOpKind.CompareAndSet, HistoryResult.Mismatch, 7, 0, end, 1 + (at % 5)));
        }

        hard.Add(Op(HistoryOpKind.CompareAndSet, HistoryResult.Ok, 1, 3000, 3001, from: 7));
        hard.Add(Op(HistoryOpKind.Put, HistoryResult.Unknown, 7, 2000, long.MaxValue));
        hard.Add(Op(HistoryOpKind.CompareAndSet, HistoryResult.Ok, 1, 3002, 3003, from: 7));
        var history = Of("hard", hard);
        for (var at = 1; at < 100; at++)
        {
            history.Add("wrong", Op(HistoryOpKind.Put, HistoryResult.Ok, at, start: 2 * at, end: 2 * at));
        }

        history.Add("wrong", Op(HistoryOpKind.Get, HistoryResult.Ok, 1, start: 1000, end: 1001));
        var looks = 0;
        var verdict = HistoryChecker.Check(history, 10_000_000, () => ++looks > 1_000);
        Assert.Equal([0], verdict.UndecidedKeys);
        Assert.True(looks > 1_000);
        Assert.Equal(3, verdict.Smallest!.Ops.Count);
        Assert.True(verdict.Smallest.IsMinimal);
    }

    internal static HistoryOp Op(
        HistoryOpKind kind, HistoryResult result, int value, long start, long end, int from = 0) =>
        new(0, start, end, kind, result, value, from, 0);

    internal static History Of(string key, IEnumerable<HistoryOp> ops)
    {
        var history = new History();
        for (var value = 0; value < 2000; value++)
        {
            history.ValueNumber($"v{value}");
        }

        foreach (var op in ops)
        {
            history.Add(key, op);
        }

        return history;
    }

    private static bool CanBeOrdered(List<HistoryOp> ops)
    {
        var found = KeyCheck.Run(ops, [], new SearchBudget(5_000_000, Never));
        Assert.NotEqual(SearchResult.GaveUp, found);
        return found == SearchResult.Ordered;
    }
}
