using Ikada.Simulation.Faults;
using Ikada.Simulation.Time;

namespace Ikada.Simulation.Tests.Injection;

/// <summary>Worlds in which only happens what the test lets happen.</summary>
internal static class Calm
{
    /// <summary>A cluster that has served for three seconds; it heals after eight.</summary>
    public static World World(int nodes = 3, ulong seed = 31)
    {
        var world = new World(
            new SimulationOptions { Seed = seed, Nodes = nodes, Seconds = 8, Faults = FaultSet.None });
        world.RunUntil(3 * Draw.Second);
        return world;
    }

    /// <summary>Runs on for so many milliseconds.</summary>
    public static void GoOn(this World world, long milliseconds) =>
        world.RunUntil(world.Now + (milliseconds * Draw.Millisecond));

    /// <summary>How often the world came by a mark.</summary>
    public static long Marks(this World world, Coverage.Mark mark) => world.Counts.MarksOf(mark);
}
