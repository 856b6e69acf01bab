namespace Ikada.Simulation.Disk;

/// <summary>The machine of a simulated disk lost its power in the middle of an operation.</summary>
public sealed class SimulatedCrashException : Exception
{
    public SimulatedCrashException(string message)
        : base(message)
    {
    }

    public SimulatedCrashException()
    {
    }

    public SimulatedCrashException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
