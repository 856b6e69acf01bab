using Ikada.Primitives;
using Ikada.Sessions;

namespace Ikada.Simulation.Workloads.Sessions;

/// <summary>The bounds under which clients open sessions: those that somebody asked for, or else drawn ones,
/// small in most runs, so that sessions expire, and now and then changed while the group runs.</summary>
internal sealed class SessionBounds(RandomSource random, SessionOptions? asked = null)
{
    private SessionOptions _bounds = asked ?? Drawn(random);

    /// <summary>Those of the next session.</summary>
    public SessionOptions Next()
    {
        if (asked is null && random.OneIn(16))
        {
            _bounds = Drawn(random);
        }

        return _bounds;
    }

    private static SessionOptions Drawn(RandomSource random) => new()
    {
        SessionsMax = random.OneIn(3) ? 10_000 : 2 + random.NextBelow(16),
        CommandsPerSessionMax = 1 << random.NextBelow(7),
        AnswerBytesMax = 1024L << random.NextBelow(8),
        IdleEntriesMax = 64L << random.NextBelow(8),
    };
}
