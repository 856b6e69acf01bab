using Ikada.Primitives;

namespace Ikada.Consensus;

/// <summary>
/// Whether this node's own disk still answers. It is stuck when it owes the completion of a write and has
/// completed
/// nothing for <see cref="ConsensusOptions.DiskStuckTimeout"/>. A disk that is merely slow completes
/// something
/// now and then, and a leader with such a disk commits through the others.
/// </summary>
internal sealed class DiskWatch(ConsensusState state)
{
    private LogIndex _durable;
    private HardState _saved;

    // Since when something is owed and nothing was completed; never: nothing is owed.
    private Instant _since = Instant.Never;

    /// <summary>Whether the disk is stuck now.</summary>
    public bool IsStuck => _since != Instant.Never && state.Now - _since >= state.Options.DiskStuckTimeout;

    /// <summary>Whether this node has begun to give up leadership because of it; until the disk answers
    /// again.</summary>
    public bool HasGivenWay { get; set; }

    /// <summary>A step is over.</summary>
    public void Observe()
    {
        var saved = state.Outbox.Durable;
        var owes = state.Durable < state.Log.Last.Index
            || saved.Term != state.Term || saved.Vote != state.Vote;
        var completed = state.Durable != _durable || saved.Term != _saved.Term || saved.Vote != _saved.Vote;
        if (!owes)
        {
            _since = Instant.Never;
        }
        else if (completed || _since == Instant.Never)
        {
            _since = state.Now;
        }

        HasGivenWay &= IsStuck;
        _durable = state.Durable;
        _saved = saved;
    }
}
