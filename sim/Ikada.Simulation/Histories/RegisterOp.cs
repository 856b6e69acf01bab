namespace Ikada.Simulation.Histories;

/// <summary>What an operation does to a register.</summary>
internal enum RegisterOpKind
{
    /// <summary>The register holds the value.</summary>
    Read = 0,

    /// <summary>The register does not hold the value.</summary>
    Differs,

    /// <summary>The register holds the value from now on.</summary>
    Write,

    /// <summary>The register holds one value and from now on another.</summary>
    Swap,
}

/// <summary>An operation on one register. Values are small numbers.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="Value">The value it reads, differs from, or leaves.</param>
/// <param name="From">A swap: the value that it finds.</param>
/// <param name="Start">It happens no earlier.</param>
/// <param name="End">It happens no later; <see cref="long.MaxValue"/>: at any time.</param>
/// <param name="IsOptional">It may also never happen. Only a write or a swap is.</param>
internal readonly record struct RegisterOp(
    RegisterOpKind Kind, int Value, int From, long Start, long End, bool IsOptional)
{
    public bool LeavesValue => Kind >= RegisterOpKind.Write;
}
