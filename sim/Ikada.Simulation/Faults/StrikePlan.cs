using Ikada.Primitives;
using Ikada.Simulation.Time;

namespace Ikada.Simulation.Faults;

/// <summary>
/// When each kind of fault strikes and what each strike draws from. Every kind has a source of its own, used
/// once for each strike, whether it happens or not: to leave out a kind or a strike leaves all others where
/// and what they were.
/// </summary>
internal sealed class StrikePlan
{
    private readonly SimulationOptions _options;
    private readonly RandomSource[] _sources = new RandomSource[FaultSet.KindCount];
    private readonly int[] _numbers = new int[FaultSet.KindCount];
    private readonly List<Strike> _happened = [];

    public StrikePlan(SimulationOptions options, RandomSource random)
    {
        _options = options;
        for (var kind = 0; kind < _sources.Length; kind++)
        {
            _sources[kind] = random.Split();
        }
    }

    /// <summary>The strikes that happened.</summary>
    public IReadOnlyList<Strike> Happened => _happened;

    /// <summary>How long it is until a kind strikes next.</summary>
    public long Until(FaultKind kind, long mean) => _sources[(int)kind].Exponential(mean);

    /// <summary>A kind strikes: the number of the strike, the seed of its draws, and whether it is to
    /// happen.</summary>
    public (int Number, ulong Seed, bool Happens) Next(FaultKind kind)
    {
        var strike = new Strike(kind, ++_numbers[(int)kind]);
        var seed = _sources[(int)kind].NextUInt64();
        var happens = _options.Only?.Contains(strike) != false && _options.Skip?.Contains(strike) != true;
        if (happens)
        {
            _happened.Add(strike);
        }

        return (strike.Number, seed, happens);
    }
}
