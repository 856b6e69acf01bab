namespace Ikada.Simulation.Checkers;

/// <summary>
/// I45: a run without faults in which next to nothing is done has failed. With faults any of them may forbid
/// progress for as long as it strikes: there the operations that each client must end after the healing (I40)
/// are the least.
/// </summary>
internal static class Progress
{
    public const string Property = "I45 a run gets something done";

    // All clients together ask some sixty times a second; what they wait for takes milliseconds.
    private const int PerSecondMin = 10;
    private const int SecondsOfElection = 3;

    /// <summary>A run has ended in which no fault was on and clients asked all the time.</summary>
    /// <param name="seconds">How long clients could ask before the healing, in virtual seconds.</param>
    /// <param name="done">How many of their operations ended well.</param>
    public static void Ended(int seconds, long done)
    {
        var least = (seconds - SecondsOfElection) * PerSecondMin;
        if (done < least)
        {
            throw new PropertyViolatedException(
                Property, $"{done} operations ended well in {seconds} virtual seconds without faults; at "
                    + $"least {least} should");
        }
    }
}
