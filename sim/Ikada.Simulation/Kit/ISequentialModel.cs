namespace Ikada.Simulation;

/// <summary>
/// What a state machine must answer, told by something simpler: the same commands one after the other, and
/// the queries between them. A simulated cluster makes new ones as it needs them, each for one thread.
/// </summary>
public interface ISequentialModel
{
    /// <summary>Executes a command and returns its result.</summary>
    ReadOnlyMemory<byte> Apply(ReadOnlySpan<byte> command);

    /// <summary>Answers a query from the state that the commands so far have left.</summary>
    ReadOnlyMemory<byte> Query(ReadOnlySpan<byte> query);
}
