using Ikada.Primitives;
using Ikada.Simulation.Trace;

namespace Ikada.Simulation.Replaying;

/// <summary>The state of all nodes before and after what an event is part of.</summary>
internal sealed record WalkState(NodeState[] Before, NodeState[] After);

/// <summary>
/// A run that can be looked at event by event, in any order. The states near the event asked for are kept; to
/// go back beyond them the run is repeated from its beginning, which always gives the same.
/// </summary>
internal sealed class Walk(
    SimulationOptions options, IReadOnlyList<TraceEntry> events, SimulationFailure? failure)
{
    private const int Kept = 4096;
    private readonly Dictionary<int, WalkState> _states = [];
    private World? _world;

    /// <summary>Everything that happened when the run was executed to its end.</summary>
    public IReadOnlyList<TraceEntry> Events => events;

    /// <summary>What did not hold at the end.</summary>
    public SimulationFailure? Failure => failure;

    /// <summary>How often the run was begun again to answer <see cref="StateAt"/>.</summary>
    public int Repeats { get; private set; }

    /// <summary>The state of all nodes around an event.</summary>
    public WalkState StateAt(int at)
    {
        if (_states.TryGetValue(at, out var known))
        {
            return known;
        }

        if (_world is null || _world.Log.Count > at)
        {
            _world = new World(options);
            Repeats++;
        }

        var world = _world;
        if (world.Log.Count < at - Kept || _states.Count > 2 * Kept)
        {
            _states.Clear();
        }

        while (world.Log.Count <= at)
        {
            Advance(world, at);
        }

        return _states[at];
    }

    private void Advance(World world, int at)
    {
        var first = (int)world.Log.Count;
        var isNear = first > at - Kept;
        var before = isNear ? NodeState.Of(world) : [];
        try
        {
            var goesOn = world.Step();
            Invariant.Check(goesOn, $"the run has {events.Count} events, and now only {world.Log.Count}");
        }
#pragma warning disable CA1031 // Whatever ended the run the first time ends it again: it is in Failure.
        catch (Exception) when (Failure is not null && world.Log.Count >= events.Count)
#pragma warning restore CA1031
        {
            _world = null; // its state is that in which it was found; it goes no further
        }

        if (!isNear || world.Log.Count == first)
        {
            return;
        }

        var state = new WalkState(before, NodeState.Of(world));
        for (var number = first; number < world.Log.Count; number++)
        {
            _states[number] = state;
        }
    }
}
