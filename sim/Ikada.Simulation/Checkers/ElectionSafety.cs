namespace Ikada.Simulation.Checkers;

/// <summary>I1, election safety (§5.2): at most one leader can be elected in a given term.</summary>
internal sealed class ElectionSafety
{
    public const string Property = "I1 election safety";
    private readonly Dictionary<ulong, int> _leaders = [];

    /// <summary>A node leads in a term.</summary>
    public void Leads(int node, ulong term)
    {
        if (!_leaders.TryAdd(term, node) && _leaders[term] != node)
        {
            throw new PropertyViolatedException(
                Property, $"n{node + 1} leads in term {term}, in which n{_leaders[term] + 1} was elected");
        }
    }
}
