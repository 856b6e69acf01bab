using Ikada.Simulation.Clients;

namespace Ikada.Simulation.Kit;

/// <summary>A command or query of a user's state machine.</summary>
internal sealed class MachineOp : ClientOp
{
    /// <summary>Its bytes, as the user made them.</summary>
    public required byte[] Body { get; init; }

    /// <summary>The highest index that anybody had been told of when it began: what it does or shows comes
    /// after it.</summary>
    public required ulong FloorIndex { get; init; }

    /// <summary>A command: where it stands in the log, once it is executed.</summary>
    public ulong Index { get; set; }

    /// <summary>A command: the result that the reference copy had.</summary>
    public ReadOnlyMemory<byte> Result { get; set; }

    public override byte[]? Request => Body;

    public override long Detail => Body.Length;

    public override string ToString() => $"op {Id} ({Kind} of c{Client})";
}
