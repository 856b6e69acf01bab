namespace Ikada.Simulation.Histories;

/// <summary>How much a search may cost.</summary>
/// <param name="statesMax">How many states may be remembered; each takes some 40 bytes.</param>
/// <param name="isOver">Whether time is over; asked now and then.</param>
internal sealed class SearchBudget(long statesMax, Func<bool> isOver)
{
    private const int StepsBetweenLooks = 256;
    private bool _isOver;

    /// <summary>States remembered.</summary>
    public long States { get; set; }

    /// <summary>States entered, also those that need not be remembered.</summary>
    public long Steps { get; set; }

    /// <summary>One of so many equal parts of what is allowed in all.</summary>
    public SearchBudget Part(int parts) => new(statesMax / parts, isOver);

    /// <summary>Whether there is nothing left.</summary>
    public bool IsSpent => States > statesMax || IsOver;

    private bool IsOver => _isOver || (_isOver = Steps % StepsBetweenLooks == 1 && isOver());
}
