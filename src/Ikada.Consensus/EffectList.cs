using Ikada.Primitives;

namespace Ikada.Consensus;

/// <summary>The effects of one step, in a list that is reused.</summary>
internal sealed class EffectList
{
    private Effect[] _effects = new Effect[16];
    private int _count;

    public ReadOnlySpan<Effect> All => _effects.AsSpan(0, _count);

    public void Clear() => _count = 0;

    public void Add(in Effect effect)
    {
        if (_count == _effects.Length)
        {
            Array.Resize(ref _effects, _count * 2);
        }

        _effects[_count++] = effect;
    }

    public void Send(in Message message, Term lastTerm = default) =>
        Add(new Effect { Kind = EffectKind.Send, Message = message, LastTerm = lastTerm });

    public void Observe(Fact fact, NodeId about = default) =>
        Add(new Effect { Kind = EffectKind.Observe, Fact = fact, Peer = about });
}
