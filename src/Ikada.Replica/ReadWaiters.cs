using Ikada.Consensus;
using Ikada.Primitives;

namespace Ikada.Replica;

/// <summary>
/// Local reads: gathered per batch of inputs, sent for a read index together, then held until that index is
/// applied.
/// </summary>
internal sealed class ReadWaiters
{
    private readonly Dictionary<ulong, List<ReadRequest>> _asking = [];
    private readonly List<(LogIndex Index, Instant ExpiresAt, List<ReadRequest> Requests)> _confirmed = [];
    private List<ReadRequest> _gathered = [];

    public bool HasGathered => _gathered.Count > 0;

    /// <summary>Whether one of the gathered must not use a lease: then they all do without.</summary>
    public bool WithoutLease { get; private set; }

    public void Gather(ReadRequest request)
    {
        _gathered.Add(request);
        WithoutLease |= request.WithoutLease;
    }

    /// <summary>Puts the gathered reads under one number.</summary>
    public void Ask(ulong readId)
    {
        _asking.Add(readId, _gathered);
        _gathered = [];
        WithoutLease = false;
    }

    /// <summary>The read index is known; they wait for it to be applied.</summary>
    public void Confirm(ulong readId, LogIndex index, LogIndex applied, Instant expiresAt)
    {
        if (_asking.Remove(readId, out var requests))
        {
            _confirmed.Add((index, expiresAt, requests));
            Applied(applied);
        }
    }

    public void Refuse(ulong readId, Refusal why, NodeId leader)
    {
        if (_asking.Remove(readId, out var requests))
        {
            foreach (var request in requests)
            {
                request.Complete(new ReadOutcome(false, default, why, leader, Instant.Never));
            }
        }
    }

    /// <summary>This node can answer none any more.</summary>
    public void RefuseAll(Refusal why, NodeId leader)
    {
        var outcome = ReadOutcome.Refused(why, leader);
        var all = new List<ReadRequest>(_gathered);
        _gathered.Clear();
        WithoutLease = false;
        foreach (var requests in _asking.Values)
        {
            all.AddRange(requests);
        }

        _asking.Clear();
        foreach (var waiting in _confirmed)
        {
            all.AddRange(waiting.Requests);
        }

        _confirmed.Clear();
        foreach (var request in all)
        {
            request.Complete(outcome);
        }
    }

    /// <summary>The state machine stands at <paramref name="applied"/>.</summary>
    public void Applied(LogIndex applied)
    {
        var kept = 0;
        for (var i = 0; i < _confirmed.Count; i++)
        {
            var waiting = _confirmed[i];
            if (waiting.Index > applied)
            {
                _confirmed[kept++] = waiting;
                continue;
            }

            foreach (var request in waiting.Requests)
            {
                request.Complete(new ReadOutcome(
                    true, waiting.Index, Refusal.None, NodeId.None, waiting.ExpiresAt));
            }
        }

        _confirmed.RemoveRange(kept, _confirmed.Count - kept);
    }
}
