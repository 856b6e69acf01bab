namespace Ikada.Faults.Running;

/// <summary>What is done to servers, one at a time.</summary>
internal enum FaultKind
{
    /// <summary>kill -9, and a start.</summary>
    Kill = 0,

    /// <summary>SIGSTOP, and SIGCONT.</summary>
    Pause,

    /// <summary>Some do not hear each other.</summary>
    Partition,

    /// <summary>One does not hear another one that hears it.</summary>
    Asymmetric,

    /// <summary>A slow line, or one that loses packets.</summary>
    Slow,
}

/// <summary>A fault that was injected. Times as those of operations.</summary>
/// <param name="Kind">Of what kind it was.</param>
/// <param name="What">What was done.</param>
/// <param name="Begin">When it began.</param>
internal sealed record InjectedFault(FaultKind Kind, string What, long Begin)
{
    /// <summary>When it was over.</summary>
    public long End { get; set; }

    /// <summary>Whether another leader, or another term, was there after it.</summary>
    public bool LostLeader { get; set; }
}
