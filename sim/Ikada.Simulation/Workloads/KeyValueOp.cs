using Ikada.Simulation.Clients;

namespace Ikada.Simulation.Workloads;

/// <summary>An operation on a key.</summary>
internal sealed class KeyValueOp : ClientOp
{
    public required int Key { get; init; }

    /// <summary>The highest revision that anybody had been told when it began: its own must not be
    /// older.</summary>
    public required long FloorRevision { get; init; }

    public override long Detail => Key;

    /// <summary>Which revision its execution made, or found.</summary>
    public long ExecutedRevision { get; set; }

    /// <summary>How many keys its execution deleted.</summary>
    public int ExecutedDeletions { get; set; }

    /// <summary>A read: the number of the operation whose value it was told; negative: it was told that there
    /// is none.</summary>
    public long Found { get; set; } = -1;

    public override string ToString() => $"op {Id} ({Kind} key {Key} of c{Client})";
}
