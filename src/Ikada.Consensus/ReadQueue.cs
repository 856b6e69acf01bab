using Ikada.Primitives;

namespace Ikada.Consensus;

/// <summary>
/// Linearizable reads without writing to the log (diss. §6.4): the commit index at the time of asking,
/// served once a round of heartbeats that began afterwards has confirmed that this node still leads, or at
/// once under a lease (diss. §6.4.1). Reads that come while a round is under way share the next one.
/// </summary>
internal sealed class ReadQueue(ConsensusState state)
{
    // Waits until an entry of the own term is committed: before that the commit index may be behind (§8).
    private readonly List<(ulong ReadId, bool WithoutLease)> _beforeTermCommit = [];
    private readonly Queue<Waiting> _waiting = new();

    /// <summary>How many wait.</summary>
    public int Count => _beforeTermCommit.Count + _waiting.Count;

    public void Add(ulong readId, bool withoutLease)
    {
        if (Count >= state.Options.ReadsWaitingMax)
        {
            Refuse(readId, Refusal.Overloaded);
            return;
        }

        if (state.Commit < state.Leadership.TermStart)
        {
            _beforeTermCommit.Add((readId, withoutLease));
            return;
        }

        var leaseUntil = withoutLease ? default : state.Lease.Until();
        if (leaseUntil > state.Now)
        {
            Answer(readId, state.Commit, leaseUntil);
            return;
        }

        var leadership = state.Leadership;
        var underWay = leadership.Rounds.Latest > leadership.Rounds.Confirmed();
        _waiting.Enqueue(new Waiting(readId, state.Commit, leadership.Rounds.Latest + 1));
        if (!underWay)
        {
            leadership.Rounds.Start();
            // A single voter confirms itself.
            RoundsConfirmed();
        }
    }

    /// <summary>A majority answered one more round.</summary>
    public void RoundsConfirmed()
    {
        var confirmed = state.Leadership.Rounds.Confirmed();
        while (_waiting.TryPeek(out var read) && read.Round <= confirmed)
        {
            _waiting.Dequeue();
            Answer(read.ReadId, read.Index, Instant.Never);
        }

        if (_waiting.TryPeek(out var next) && next.Round > state.Leadership.Rounds.Latest
            && confirmed == state.Leadership.Rounds.Latest)
        {
            state.Leadership.Rounds.Start();
        }
    }

    /// <summary>The commit index rose; the first time in the term, the reads that waited for it join the
    /// queue.</summary>
    public void TermCommitted()
    {
        if (_beforeTermCommit.Count == 0)
        {
            return;
        }

        var reads = _beforeTermCommit.ToArray();
        _beforeTermCommit.Clear();
        foreach (var (readId, withoutLease) in reads)
        {
            Add(readId, withoutLease);
        }
    }

    public void RefuseAll(Refusal why)
    {
        foreach (var (readId, _) in _beforeTermCommit)
        {
            Refuse(readId, why);
        }

        foreach (var read in _waiting)
        {
            Refuse(read.ReadId, why);
        }

        _beforeTermCommit.Clear();
        _waiting.Clear();
    }

    private void Answer(ulong readId, LogIndex index, Instant expiresAt) => state.Effects.Add(new Effect
    {
        Kind = EffectKind.AnswerRead, ReadId = readId, Last = index, ExpiresAt = expiresAt,
    });

    private void Refuse(ulong readId, Refusal why) => state.Effects.Add(new Effect
    {
        Kind = EffectKind.RefuseRead, ReadId = readId, Refusal = why, Leader = state.Leader,
    });

    private readonly record struct Waiting(ulong ReadId, LogIndex Index, ulong Round);
}
