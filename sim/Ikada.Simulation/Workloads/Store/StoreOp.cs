using Ikada.Simulation.Clients;

namespace Ikada.Simulation.Workloads.Store;

/// <summary>An operation on the key-value store, of a client or of the member that leads.</summary>
internal sealed class StoreOp : ClientOp
{
    public required StoreRequest Asked { get; init; }

    /// <summary>The highest index that anybody had been told of when it began.</summary>
    public required ulong FloorIndex { get; init; }

    /// <summary>Where it was executed; 0: nowhere yet.</summary>
    public ulong Index { get; set; }

    /// <summary>What it must be answered; null: it was not executed.</summary>
    public byte[]? Expected { get; set; }

    public override long Detail => Asked.Encode().Length;

    public override string ToString() => $"op {Id} ({Asked}, of c{Client} at n{Node + 1})";
}
