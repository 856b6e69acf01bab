using Ikada.KeyValue;

namespace Ikada.Simulation.Workloads.Store;

/// <summary>Keys next to each other: one of them asked for by its name, more by a range.</summary>
/// <param name="First">The number of the first.</param>
/// <param name="Count">How many, at least 1.</param>
internal readonly record struct KeySpan(int First, int Count)
{
    /// <summary>As a request says it.</summary>
    public KeyRange Range => new(
        KeyValueCommands.Key(First), Count == 1 ? default : KeyValueCommands.Key(First + Count));

    public bool Contains(int key) => key >= First && key < First + Count;

    public override string ToString() => Count == 1 ? $"{First}" : $"{First}..{First + Count - 1}";
}
