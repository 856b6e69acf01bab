using Ikada.Primitives;

namespace Ikada.Consensus;

/// <summary>
/// Lets messages leave only when what they show is durable (ordering duty 1 of <see cref="EffectKind"/>): a
/// term, a candidate's vote for itself, a vote granted. Until then they wait here, the newest of a type per
/// receiver.
/// </summary>
internal sealed class Outbox(EffectList effects, HardState durable)
{
    private readonly List<Message> _waiting = [];
    private HardState _durable = durable;

    /// <summary>The durable term and vote.</summary>
    public HardState Durable => _durable;

    public void Send(in Message message, Term lastTerm = default)
    {
        if (MayLeave(message))
        {
            effects.Send(message, lastTerm);
            return;
        }

        Invariant.Check(
            message.Type != MessageType.Append,
            $"a leader of term {message.Term} has only {_durable.Term} on disk");
        for (var i = 0; i < _waiting.Count; i++)
        {
            if (_waiting[i].To == message.To && _waiting[i].Type == message.Type)
            {
                _waiting[i] = message;
                return;
            }
        }

        _waiting.Add(message);
    }

    /// <summary>A term and vote became durable. Stale completions change nothing.</summary>
    public void Saved(HardState saved)
    {
        if (saved.Term < _durable.Term)
        {
            return;
        }

        Invariant.Check(
            saved.Term > _durable.Term || _durable.Vote.IsNone || saved.Vote == _durable.Vote,
            $"the vote of term {saved.Term} changed on disk from {_durable.Vote} to {saved.Vote}");
        _durable = saved;
        var kept = 0;
        for (var i = 0; i < _waiting.Count; i++)
        {
            var message = _waiting[i];
            if (MayLeave(message))
            {
                effects.Send(message);
            }
            else
            {
                _waiting[kept++] = message;
            }
        }

        _waiting.RemoveRange(kept, _waiting.Count - kept);
    }

    /// <summary>What waits here of a type is not to leave.</summary>
    public void Drop(MessageType type) => _waiting.RemoveAll(message => message.Type == type);

    /// <summary>The node's term rose: what waits from lower terms is of no use to anybody.</summary>
    public void DropBelow(Term term) => _waiting.RemoveAll(message => message.Term < term);

    private bool MayLeave(in Message message) => message.Type switch
    {
        // These two speak of a term nobody has yet (diss. §9.6).
        MessageType.PreVote => true,
        // Names the term that its answer must be given in.
        MessageType.LastPositionRequest => true,
        MessageType.PreVoteReply when !message.Reject => true,
        MessageType.Vote => IsDurableVote(message.Term, message.From),
        MessageType.VoteReply when !message.Reject => IsDurableVote(message.Term, message.To),
        _ => message.Term <= _durable.Term,
    };

    private bool IsDurableVote(Term term, NodeId candidate) =>
        _durable.Term == term && _durable.Vote == candidate;
}
