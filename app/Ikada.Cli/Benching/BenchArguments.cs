using Ikada.Load.Running;
using Ikada.Load.Workloads;

namespace Ikada.Cli.Benching;

/// <summary>What a short load on a user's cluster is to be.</summary>
/// <param name="Seconds">Of each row.</param>
/// <param name="Clients">At once.</param>
/// <param name="ValueBytes">Of each value.</param>
/// <param name="Keys">How many.</param>
/// <param name="Rate">Operations a second of an open loop; null: a closed loop.</param>
/// <param name="Workloads">Their words, in order.</param>
internal sealed record BenchArguments(
    double Seconds, int Clients, int ValueBytes, int Keys, double? Rate, IReadOnlyList<string> Workloads)
{
    /// <summary>Keys are under it, and are deleted in the end.</summary>
    public const string Prefix = "ikada-bench/";

    private const int RangeKeys = 100;

    public static IReadOnlyList<string> Words { get; } =
        ["put", "get", "get-serializable", "mixed", "swap", "range"];

    /// <summary>The keys that loads draw from.</summary>
    public KeySpace Space => new(Prefix, Keys);

    public Workload Workload(string word) => word switch
    {
        "put" => EtcdWorkloads.Put(Space, ValueBytes),
        "get" => EtcdWorkloads.Get(Space, isSerializable: false),
        "get-serializable" => EtcdWorkloads.Get(Space, isSerializable: true),
        "mixed" => EtcdWorkloads.Mixed(Space, ValueBytes, percentReads: 50),
        "swap" => EtcdWorkloads.Swap(Space with { Prefix = Prefix + "own/" }, ValueBytes),
        "range" => EtcdWorkloads.Range(Space, RangeKeys),
        _ => throw CliException.BadUsage(
            $"--workloads: '{word}' is none of {string.Join(", ", Words)}"),
    };

    /// <summary>Refuses what cannot be measured, by the name of the option.</summary>
    public BenchArguments Checked()
    {
        InRange("--seconds", Seconds, 0.1, 3600);
        InRange("--clients", Clients, 1, 10_000);
        InRange("--value-bytes", ValueBytes, 1, 1 << 20);
        InRange("--keys", Keys, RangeKeys, 10_000_000);
        InRange("--rate", Rate ?? 1, 1, 1_000_000);
        foreach (var word in Workloads)
        {
            _ = Workload(word);
        }

        return this;
    }

    private static void InRange(string option, double value, double min, double max)
    {
        if (!(value >= min && value <= max))
        {
            throw CliException.BadUsage(
                FormattableString.Invariant($"{option}: {value} is not from {min} to {max}"));
        }
    }
}
