namespace Ikada.Consensus;

/// <summary>Lets a group that has nothing to do sleep (DESIGN §7, Quiescence).</summary>
internal sealed class Quiescence(ConsensusState state)
{
    /// <summary>Whether the group sleeps, as far as this node knows.</summary>
    public bool IsAsleep { get; private set; }

    /// <summary>Something happens.</summary>
    public void Wake()
    {
        _ = state;
        IsAsleep = false;
    }
}
