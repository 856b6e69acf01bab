using Ikada.Load.Running;

namespace Ikada.Load.Workloads;

/// <summary>The loads of etcd's API. Keys are drawn with equal chances from a space that
/// <see cref="Fill"/> has filled before.</summary>
public static class EtcdWorkloads
{
    /// <summary>Seconds that the leases of <see cref="Grant"/> live unless kept alive.</summary>
    public const int LeaseSeconds = 600;

    /// <summary>Puts each key once, in order, if it is run for as many operations as there are
    /// keys.</summary>
    public static Workload Fill(KeySpace keys, int valueBytes)
    {
        var last = -1;
        return new Workload("fill", number =>
        {
            var put = RequestTemplate.Put(keys, valueBytes);
            return new TemplateCall(number, put, put, 100, () => Interlocked.Increment(ref last));
        });
    }

    public static Workload Put(KeySpace keys, int valueBytes) =>
        Of("put", RequestTemplate.Put(keys, valueBytes));

    public static Workload Get(KeySpace keys, bool isSerializable) => Of(
        isSerializable ? "get, serializable" : "get, linearizable",
        RequestTemplate.Get(keys, isSerializable));

    public static Workload Range(KeySpace keys, int count) =>
        Of($"range of {count}", RequestTemplate.Range(keys, count));

    /// <summary>Linearizable reads, and puts for the rest.</summary>
    public static Workload Mixed(KeySpace keys, int valueBytes, int percentReads)
    {
        var get = RequestTemplate.Get(keys, isSerializable: false);
        var put = RequestTemplate.Put(keys, valueBytes);
        return new Workload(
            $"get and put {percentReads}:{100 - percentReads}",
            number => new TemplateCall(number, get, put, percentReads, numbers: null));
    }

    /// <summary>Compare and swap, each client on a key of its own.</summary>
    public static Workload Swap(KeySpace keys, int valueBytes) =>
        new("compare and swap", number => new SwapCall(keys, number, valueBytes));

    /// <summary>Grants one lease an operation, of the numbers that <see cref="KeepAlive"/> uses.</summary>
    public static Workload Grant(long firstLease)
    {
        var last = firstLease - 1;
        return new Workload(
            "lease grant", _ => new GrantCall(() => Interlocked.Increment(ref last), LeaseSeconds));
    }

    public static Workload KeepAlive(long firstLease) =>
        new("lease keep-alive", number => new KeepAliveCall(firstLease + number));

    private static Workload Of(string name, RequestTemplate template) =>
        new(name, number => new TemplateCall(number, template, template, 100, numbers: null));
}
