using Ikada.Simulation.Histories;

namespace Ikada.Simulation.Tests.Histories;

/// <summary>Histories of one key, drawn.</summary>
internal sealed class RandomHistories(int seed)
{
    private readonly Random _random = new(seed);
    private int _written;

    /// <summary>Anything: mostly impossible when it is long.</summary>
    public List<HistoryOp> Any(int opsMax)
    {
        var ops = new List<HistoryOp>();
        var (isUnique, values) = (_random.Next(2) == 0, 1 + _random.Next(3));
        var (span, length) = (1 + _random.Next(30), 1 + _random.Next(20));
        var unknowns = _random.Next(3) * 20;
        for (var count = 1 + _random.Next(opsMax); count > 0; count--)
        {
            var start = _random.Next(span);
            var op = Drawn((HistoryOpKind)_random.Next(4), isUnique, values) with
            {
                Start = start,
                End = start + _random.Next(length),
            };
            var isUnknown = op.Kind != HistoryOpKind.Get && _random.Next(100) < unknowns;
            ops.Add(isUnknown ? op with { Result = HistoryResult.Unknown, End = long.MaxValue } : op);
        }

        return ops;
    }

    /// <summary>
    /// What a right register tells clients that each ask one thing at a time; some hear nothing, and their
    /// operation happens later or never.
    /// </summary>
    public List<HistoryOp> Right(int count, int clients, int values, int unknownPercent)
    {
        var ops = new HistoryOp[count];
        var events = new PriorityQueue<(int Step, int Client, int Op), (long Time, int Number)>();
        var (value, made, number) = (History.MissingValue, 0, 0);
        for (var client = 0; client < clients; client++)
        {
            At(0, (0, client, 0));
        }

        while (events.TryDequeue(out var next, out var at))
        {
            if (next.Step == 0 && made < count)
            {
                var isUnknown = _random.Next(100) < unknownPercent;
                var op = Asked(value, values) with { Client = next.Client, Start = at.Time };
                ops[made] = isUnknown && op.Kind != HistoryOpKind.Get
                    ? op with { Result = HistoryResult.Unknown, End = long.MaxValue } : op;
                At(at.Time, (1, next.Client, made));
                made++;
            }
            else if (next.Step == 1)
            {
                ref var op = ref ops[next.Op];
                var isUnknown = op.Result == HistoryResult.Unknown;
                if (!isUnknown || _random.Next(2) == 0)
                {
                    (op, value) = Done(op, value);
                }

                At(at.Time, (isUnknown ? 0 : 2, next.Client, next.Op));
            }
            else if (next.Step == 2)
            {
                ops[next.Op] = ops[next.Op] with { End = at.Time };
                At(at.Time, (0, next.Client, 0));
            }
        }

        return [.. ops];

        void At(long time, (int, int, int) what) =>
            events.Enqueue(what, (time + 1 + _random.Next(1000), number++));
    }

    private HistoryOp Asked(int value, int values)
    {
        var kind = (HistoryOpKind)_random.Next(4);
        var written = values == 0 ? ++_written : 1 + _random.Next(values);
        var expected = _random.Next(2) == 0 ? value : _random.Next(Math.Max(values, _written) + 1);
        return kind switch
        {
            HistoryOpKind.Put => Op(kind, HistoryResult.Ok, written, 0),
            HistoryOpKind.CompareAndSet => Op(kind, HistoryResult.Ok, written, expected),
            _ => Op(kind, HistoryResult.Ok, History.MissingValue, 0),
        };
    }

    private static (HistoryOp Op, int Value) Done(in HistoryOp op, int value) => op.Kind switch
    {
        HistoryOpKind.Get => (op with
        {
            Value = value,
            Result = value == History.MissingValue ? HistoryResult.Missing : HistoryResult.Ok,
        }, value),
        HistoryOpKind.Put => (op, op.Value),
        HistoryOpKind.Delete => (op, History.MissingValue),
        _ when op.From == value => (op, op.Value),
        _ when op.Result == HistoryResult.Unknown => (op, value),
        _ => (op with { Result = HistoryResult.Mismatch }, value),
    };

    private HistoryOp Drawn(HistoryOpKind kind, bool isUnique, int values)
    {
        var written = isUnique ? ++_written : 1 + _random.Next(values);
        var found = _random.Next((isUnique ? _written : values) + 1);
        var isMissing = found == History.MissingValue;
        return kind switch
        {
            HistoryOpKind.Get => Op(kind, isMissing ? HistoryResult.Missing : HistoryResult.Ok, found, 0),
            HistoryOpKind.Put => Op(kind, HistoryResult.Ok, written, 0),
            HistoryOpKind.Delete => Op(kind, HistoryResult.Ok, History.MissingValue, 0),
            _ => Op(kind, _random.Next(2) == 0 ? HistoryResult.Ok : HistoryResult.Mismatch, written, found),
        };
    }

    private static HistoryOp Op(HistoryOpKind kind, HistoryResult result, int value, int from) =>
        new(0, 0, 0, kind, result, value, from, 0);
}
