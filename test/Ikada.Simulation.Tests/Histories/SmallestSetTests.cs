using System.Numerics;
using Ikada.Simulation.Histories;
using static Ikada.Simulation.Tests.Histories.HistoryCheckerTests;

namespace Ikada.Simulation.Tests.Histories;

/// <summary>The operations that are shown of a history that is not linearizable.</summary>
public sealed class SmallestSetTests
{
    private const HistoryOpKind Get = HistoryOpKind.Get;
    private const HistoryOpKind Put = HistoryOpKind.Put;
    private const HistoryOpKind Cas = HistoryOpKind.CompareAndSet;
    private const HistoryResult Ok = HistoryResult.Ok;

    [Fact]
    public void A_stale_read_is_shown_with_both_writes()
    {
        var planted = new[]
        {
            Op(Put, Ok, 500, start: 9_000_001, end: 9_000_002),
            Op(Put, Ok, 501, start: 9_000_003, end: 9_000_004),
            Op(Get, Ok, 500, start: 9_000_005, end: 9_000_006),
        };
        Assert.Equal(planted, Planted(planted).Ops);
    }

    [Fact]
    public void A_lost_write_is_shown_with_the_read_that_misses_it()
    {
        var planted = new[]
        {
            Op(Put, Ok, 500, start: 9_000_001, end: 9_000_002),
            Op(HistoryOpKind.Delete, Ok, 0, start: 9_000_003, end: 9_000_004),
            Op(Put, Ok, 501, start: 9_000_005, end: 9_000_006),
            Op(Get, HistoryResult.Missing, 0, start: 9_000_007, end: 9_000_008),
        };
        Assert.Equal(planted[2..], Planted(planted).Ops);
    }

    [Fact]
    public void A_value_from_nowhere_is_shown_alone()
    {
        var planted = new[] { Op(Get, Ok, 777, start: 9_000_001, end: 9_000_002) };
        Assert.Equal(planted, Planted(planted).Ops);
    }

    [Fact]
    public void A_swap_done_twice_is_shown_with_its_twin()
    {
        var planted = new[]
        {
            Op(Put, Ok, 500, start: 9_000_001, end: 9_000_002),
            Op(Cas, Ok, 501, start: 9_000_003, end: 9_000_006, from: 500),
            Op(Cas, Ok, 502, start: 9_000_004, end: 9_000_005, from: 500),
        };
        Assert.Equal(planted[1..], Planted(planted).Ops);
    }

    [Fact]
    public void A_mismatch_of_the_very_value_is_shown()
    {
        var planted = new[]
        {
            Op(Put, Ok, 500, start: 9_000_001, end: 9_000_002),
            Op(Cas, HistoryResult.Mismatch, 501, start: 9_000_003, end: 9_000_004, from: 500),
        };
        Assert.Equal(planted, Planted(planted).Ops);
    }

    [Fact]
    public void Reads_that_saw_two_writes_in_different_orders_are_shown_without_what_is_around_them()
    {
        var planted = new[]
        {
            Op(Put, Ok, 500, start: 9_000_001, end: 9_000_100),
            Op(Put, Ok, 501, start: 9_000_001, end: 9_000_100),
            Op(Get, Ok, 500, start: 9_000_010, end: 9_000_011),
            Op(Get, Ok, 501, start: 9_000_020, end: 9_000_021),
            Op(Get, Ok, 500, start: 9_000_030, end: 9_000_031),
        };
        Assert.Equal(planted[2..], Planted(planted).Ops);
    }

    [Fact]
    public void None_of_the_set_can_be_left_out_and_no_smaller_one_exists_where_that_is_said()
    {
        var seen = 0;
        for (var seed = 0; seed < 1_000; seed++)
        {
            var ops = new RandomHistories(seed).Any(opsMax: 8);
            if (ReferenceChecker.CanBeOrdered(ops))
            {
                continue;
            }

            seen++;
            var found = Shrinking.Run(0, ops, static () => false);
            Assert.True(found.IsMinimal);
            Assert.True(found.IsProven);
            Assert.False(ReferenceChecker.CanBeOrdered(found.Ops));
            Assert.Equal(SmallestBySubsets(ops), found.Ops.Count);
        }

        Assert.InRange(seen, 300, 900);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_is_said_of_the_set_is_true_whenever_a_search_is_given_up(bool andAllAfterIt)
    {
        var (proven, minimal, open) = (0, 0, 0);
        for (var seed = 0; seed < 100; seed++)
        {
            var ops = new RandomHistories(seed).Any(opsMax: 7).Select((op, at) => op with { Line = at })
                .ToList();
            var smallest = ReferenceChecker.CanBeOrdered(ops) ? 0 : SmallestBySubsets(ops);
            var isDone = smallest == 0;
            for (var at = 0; !isDone; at++)
            {
                var looks = 0;
                var found = Shrinking.Run(0, ops, () => looks++ == at || (andAllAfterIt && looks > at));
                isDone = looks <= at;
                Assert.False(ReferenceChecker.CanBeOrdered(found.Ops));
                Assert.True(!found.IsProven || found.IsMinimal);
                Assert.True(!found.IsProven || found.Ops.Count == smallest);
                Assert.True(!found.IsMinimal || IsMinimal(ops, found.Ops));
                proven += found.IsProven ? 1 : 0;
                minimal += found is { IsProven: false, IsMinimal: true } ? 1 : 0;
                open += found.IsMinimal ? 0 : 1;
            }
        }

        Assert.True(proven > 0 && minimal > 0, $"{proven}, {minimal}");
        Assert.Equal(andAllAfterIt, open > 0);
    }

    // By the definition: the size of the smallest subset that cannot be ordered, whatever the others did.
    private static int SmallestBySubsets(List<HistoryOp> ops)
    {
        var smallest = ops.Count;
        for (var subset = 1; subset < 1 << ops.Count; subset++)
        {
            var size = BitOperations.PopCount((uint)subset);
            if (size < smallest && !ReferenceChecker.CanBeOrdered(Relaxed(ops, subset)))
            {
                smallest = size;
            }
        }

        return smallest;
    }

    private static bool IsMinimal(List<HistoryOp> ops, IReadOnlyList<HistoryOp> some)
    {
        var subset = some.Sum(op => 1 << (int)op.Line);
        return some.All(op => ReferenceChecker.CanBeOrdered(Relaxed(ops, subset & ~(1 << (int)op.Line))));
    }

    private static List<(HistoryOp Op, bool IsOptional)> Relaxed(List<HistoryOp> ops, int subset)
    {
        var relaxed = new List<(HistoryOp Op, bool IsOptional)>();
        for (var at = 0; at < ops.Count; at++)
        {
            var op = ops[at];
            if ((subset >> at & 1) != 0)
            {
                relaxed.Add((op, op.Result == HistoryResult.Unknown));
            }
            else if (op.Kind != Get && op.Result != HistoryResult.Mismatch)
            {
                var isFree = op.Value != History.MissingValue
                    && ops.Count(other => other.Left == op.Value) == 1
                    && ops.Where((other, place) => (subset >> place & 1) != 0)
                        .Any(other => other.Found == op.Value);
                relaxed.Add((isFree ? op with { Start = long.MinValue, End = long.MaxValue } : op, true));
            }
        }

        return relaxed;
    }

    // Behind a long right history.
    private static SmallestSet Planted(IEnumerable<HistoryOp> planted)
    {
        var right = new RandomHistories(1).Right(60, clients: 5, values: 0, unknownPercent: 0);
        var verdict = HistoryChecker.Check(
            Of("k", right.Concat(planted).Reverse()), 1 << 20, static () => false);
        Assert.Equal(HistoryOutcome.NotLinearizable, verdict.Outcome);
        Assert.True(verdict.Smallest!.IsMinimal);
        return verdict.Smallest;
    }
}
