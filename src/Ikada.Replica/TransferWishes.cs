using Ikada.Consensus;
using Ikada.Primitives;

namespace Ikada.Replica;

/// <summary>Who asked for a transfer of leadership. One is under way at a time: who asked while it was shares
/// its end. A wish may itself end at once, or replace those before it.</summary>
internal sealed class TransferWishes
{
    private readonly List<TransferRequest> _waiting = [];
    private bool _isAsking;

    /// <summary>A wish is put to the core, until <see cref="Asked"/>.</summary>
    public void Add(TransferRequest request)
    {
        _waiting.Add(request);
        _isAsking = true;
    }

    /// <summary>It was put to the core.</summary>
    public void Asked() => _isAsking = false;

    /// <summary>The core says that a transfer ended.</summary>
    public void End(in Effect effect, NodeId leader)
    {
        var newest = Math.Max(0, _waiting.Count - 1);
        var (first, end) = !_isAsking ? (0, _waiting.Count)
            : effect.Transfer == TransferOutcome.Replaced ? (0, newest)
            : (newest, _waiting.Count);
        var ended = _waiting[first..end];
        _waiting.RemoveRange(first, end - first);
        foreach (var request in ended)
        {
            request.Complete(effect.Transfer, leader);
        }
    }
}
