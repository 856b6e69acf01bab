namespace Ikada.Simulation.Histories;

/// <summary>A line that is no operation.</summary>
public sealed class HistoryFormatException(long line, string problem)
    : Exception($"line {line}: {problem}")
{
    /// <summary>The line, from 1 on.</summary>
    public long Line { get; } = line;

    /// <summary>What is wrong with it, and what should stand there.</summary>
    public string Problem { get; } = problem;
}
