namespace Ikada.Faults.Clients;

/// <summary>A lie put in on purpose, so that it is seen that it would be found.</summary>
internal enum Plant
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Linearizable reads are answered by the node asked, as it is.</summary>
    StaleRead,

    /// <summary>A watcher loses an event.</summary>
    LostEvent,

    /// <summary>A put is acknowledged and was never sent.</summary>
    LostWrite,

    /// <summary>A lease is granted for longer than it is told to live.</summary>
    EarlyExpiry,
}
