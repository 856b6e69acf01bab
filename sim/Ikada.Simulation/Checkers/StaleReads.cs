using Ikada.KeyValue;

namespace Ikada.Simulation.Checkers;

/// <summary>What a serializable read promises: a state that there was, perhaps an old one, and none older
/// than the same process has shown before.</summary>
internal sealed class StaleReads
{
    public const string Property = "I20 a serializable read never goes back on a node";
    private readonly Dictionary<int, (int Start, long Revision)> _shown = [];

    /// <summary>A node shows what it has under a key.</summary>
    public void Shows(Linearizability history, int node, int start, int key, RangeResult result)
    {
        history.Compare(node, key, result);
        if (_shown.TryGetValue(node, out var last) && last.Start == start && result.Revision < last.Revision)
        {
            throw new PropertyViolatedException(
                Property,
                $"n{node + 1} shows revision {result.Revision}; since its start {start} it had shown "
                + $"{last.Revision}");
        }

        _shown[node] = (start, result.Revision);
    }
}
