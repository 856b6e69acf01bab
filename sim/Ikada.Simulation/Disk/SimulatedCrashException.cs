namespace Ikada.Simulation.Disk;

/// <summary>The machine of a simulated disk lost its power in the middle of an operation.</summary>
public sealed class SimulatedCrashException : Exception
{
    /// <summary>With what was going on.</summary>
    public SimulatedCrashException(string message)
        : base(message)
    {
    }

    /// <summary>Without a word.</summary>
    public SimulatedCrashException()
    {
    }

    /// <summary>With what was going on, and what came first.</summary>
    public SimulatedCrashException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
