using Ikada.Primitives;
using Ikada.Simulation.Time;

namespace Ikada.Simulation;

/// <summary>In some seeds the group may sleep, and all clients rest together now and then, so that it
/// does.</summary>
internal sealed class RestTimes
{
    private const ulong OneSeedIn = 6;
    private readonly long _asking;
    private readonly long _resting;

    private RestTimes(RandomSource random)
    {
        QuiesceAfter = TimeSpan.FromTicks(random.Between(100 * Draw.Millisecond, Draw.Second));
        _asking = random.Between(100 * Draw.Millisecond, 2 * Draw.Second);
        _resting = random.Between(2 * Draw.Second, 8 * Draw.Second);
    }

    /// <summary>After how long without anything the group goes to sleep.</summary>
    public TimeSpan QuiesceAfter { get; }

    /// <summary>Those of a run; null: its group does not sleep.</summary>
    public static RestTimes? Of(SimulationOptions options) =>
        options.Sleeps ?? options.Seed % OneSeedIn == OneSeedIn - 1
            ? new RestTimes(new RandomSource(~options.Seed ^ 0x51EE9)) : null;

    /// <summary>How long it is until clients ask again; 0: now.</summary>
    public long Left(long now)
    {
        var at = now % (_asking + _resting);
        return at < _asking ? 0 : _asking + _resting - at;
    }
}
