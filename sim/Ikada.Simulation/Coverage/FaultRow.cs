using Ikada.Simulation.Faults;

namespace Ikada.Simulation.Coverage;

/// <summary>A fault of the list F1 to F67: which code injects it, what must fire in a long run, and what
/// waits for parts that are not built.</summary>
/// <param name="Fault">Its number and name.</param>
/// <param name="Code">The code that injects it; empty: none does.</param>
/// <param name="Later">What waits, and for which issue; empty: nothing.</param>
internal sealed record FaultRow(string Fault, string Code, string Later = "")
{
    /// <summary>The kinds of faults that inject it.</summary>
    public FaultKind[] Kinds { get; init; } = [];

    /// <summary>What must be come by.</summary>
    public Mark[] Marks { get; init; } = [];

    /// <summary>Whether every named point of a crash must be visited.</summary>
    public bool HasPoints { get; init; }

    /// <summary>"now", "in part" or "later".</summary>
    public string State => Code.Length == 0 ? "later" : Later.Length == 0 ? "now" : "in part";
}
