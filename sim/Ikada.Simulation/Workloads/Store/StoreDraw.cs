using Ikada.KeyValue;
using Ikada.Primitives;

namespace Ikada.Simulation.Workloads.Store;

/// <summary>Draws what clients ask of the store: transactions, ranges, old revisions, compactions and leases
/// beside puts.</summary>
internal sealed class StoreDraw(int keys, RandomSource drawn)
{
    private readonly int _leases = 2 + drawn.NextBelow(7);
    private readonly int _valueBytesMax = 8 << drawn.NextBelow(7);
    private readonly int _compactions = 20 + drawn.NextBelow(60);

    /// <summary>A request of a client whose operation has the number <paramref name="id"/>.</summary>
    /// <param name="id">Makes values unlike all others.</param>
    /// <param name="told">The highest revision told.</param>
    /// <param name="random">The client's.</param>
    public StoreRequest Next(long id, long told, RandomSource random)
    {
        if (random.OneIn(_compactions))
        {
            return new CompactRequest(Math.Max(0, told + 2 - random.NextBelow(40)));
        }

        return random.NextBelow(20) switch
        {
            < 6 => Read(told, random),
            < 11 => Put(Value(id, 0), random.NextBelow(keys), random),
            < 13 => Delete(Span(random), random),
            < 17 => Transaction(id, told, random),
            < 18 => new GrantRequest(Lease(random), 1 + random.NextBelow(3)),
            < 19 => new RenewRequest(random.OneIn(2) ? [Lease(random)] : [Lease(random), Lease(random)]),
            _ => random.OneIn(3) ? new RevokeRequest(Lease(random), 0)
                : Put(Value(id, 0), random.NextBelow(keys), random) with
                {
                    Lease = Lease(random),
                    IgnoresLease = false,
                    IgnoresValue = false,
                },
        };
    }

    /// <summary>A read of a node as it is.</summary>
    public ReadRequest Read(long told, RandomSource random)
    {
        var isReversed = random.OneIn(4);
        return new ReadRequest(Span(random), new RangeQuery
        {
            Revision = random.OneIn(3) ? Math.Max(0, told + 2 - random.NextBelow(60)) : 0,
            Limit = random.OneIn(4) ? 1 + random.NextBelow(4) : 0,
            Order = isReversed ? SortOrder.Descend : SortOrder.None,
            Target = isReversed && random.OneIn(2) ? SortTarget.Mod : SortTarget.Key,
            CountOnly = random.OneIn(8),
            KeysOnly = random.OneIn(8),
        });
    }

    private TransactionRequest Transaction(long id, long told, RandomSource random)
    {
        var values = 0;
        return Transaction(id, told, random, [], 2, ref values);
    }

    // No key is changed twice on one way, as the service demands.
    private TransactionRequest Transaction(
        long id, long told, RandomSource random, HashSet<int> used, int depth, ref int values)
    {
        var conditions = new List<StoreCondition>();
        for (var i = random.NextBelow(3); i > 0; i--)
        {
            conditions.Add(Condition(told, random));
        }

        HashSet<int> other = [.. used];
        var success = Branch(id, told, random, used, depth, ref values);
        var failure = Branch(id, told, random, other, depth, ref values);
        used.UnionWith(other);
        return new TransactionRequest(conditions, success, failure);
    }

    private List<StoreRequest> Branch(
        long id, long told, RandomSource random, HashSet<int> used, int depth, ref int values)
    {
        var requests = new List<StoreRequest>();
        for (var i = random.NextBelow(4); i >= 0; i--)
        {
            var key = random.NextBelow(keys);
            if (random.OneIn(4))
            {
                requests.Add(Read(told, random));
            }
            else if (depth > 0 && random.OneIn(5))
            {
                requests.Add(Transaction(id, told, random, used, depth - 1, ref values));
            }
            else if (used.Add(key))
            {
                requests.Add(random.OneIn(4) ? Delete(new KeySpan(key, 1), random)
                    : Put(Value(id, ++values), key, random));
            }
        }

        return requests;
    }

    private StoreCondition Condition(long told, RandomSource random)
    {
        var target = (ComparisonTarget)random.NextBelow(5);
        return new StoreCondition(
            random.NextBelow(keys),
            target,
            (ComparisonResult)random.NextBelow(4),
            target switch
            {
                ComparisonTarget.Version => random.NextBelow(4),
                ComparisonTarget.Lease => random.NextBelow(2),
                _ => random.OneIn(3) ? 0 : Math.Max(0, told - random.NextBelow(20)),
            },
            [(byte)random.NextBelow(256)]);
    }

    private PutRequest Put(byte[] value, int key, RandomSource random)
    {
        var (ignoresValue, ignoresLease) = (random.OneIn(12), random.OneIn(12));
        return new PutRequest(
            key,
            ignoresValue ? [] : value,
            !ignoresLease && !ignoresValue && random.OneIn(4) ? Lease(random) : 0)
        {
            WantsPrevious = random.OneIn(4), IgnoresValue = ignoresValue, IgnoresLease = ignoresLease,
        };
    }

    private static DeleteRequest Delete(KeySpan span, RandomSource random) => new(span, random.OneIn(3));

    private KeySpan Span(RandomSource random)
    {
        var first = random.NextBelow(keys);
        return new KeySpan(first, random.OneIn(2) ? 1 : 1 + random.NextBelow(keys - first));
    }

    private long Lease(RandomSource random) => 1 + random.NextBelow(_leases);

    // Unlike all others; mostly short. No long run of zeros: to the log that may be a sector that was lost.
    private byte[] Value(long id, int position)
    {
        var value = new byte[16 + (int)(((ulong)id * 0x9E3779B97F4A7C15 >> 40) % (ulong)_valueBytesMax)];
        Array.Fill(value, (byte)(1 + ((id + position) % 255)));
        BitConverter.TryWriteBytes(value.AsSpan()[^8..], id);
        value[^9] = (byte)position;
        return value;
    }
}
