using Ikada.Consensus;
using Ikada.Primitives;

namespace Ikada.Benchmarks;

/// <summary>A leader in steady state: each batch goes out, is acknowledged by all and commits.</summary>
internal sealed class LeaderLoop
{
    public const int CompactEvery = 16_384;
    private const int EntryBytes = 128;
    private readonly ConsensusCore _core;
    private readonly EntryHeader[] _batch;
    private readonly NodeId[] _peers;
    private Instant _now = new(TimeSpan.FromHours(1).Ticks);
    private ulong _generation;
    private LogIndex _compacted;

    public LeaderLoop(int voters, int batch)
    {
        NodeId[] ids = [.. Enumerable.Range(1, voters).Select(id => new NodeId((ulong)id))];
        var membership = new Membership(
            [.. ids.Select(id => new Member(id, IdentityOf(id).Incarnation, default))], ids);
        _batch = new EntryHeader[batch];
        Array.Fill(_batch, new EntryHeader(default, EntryKind.Command, EntryBytes));
        _peers = ids[1..];
        _core = new ConsensusCore(
            new ConsensusOptions(), ids[0],
            new RestoredLog(default, membership, default, default) { Identity = IdentityOf(ids[0]) },
            1, _now);
        Elect();
    }

    public ulong Commit => _core.Commit.Value;

    public void ReplicateBatch()
    {
        _core.Step(Input.Proposed(_now, _batch));
        NoteGeneration();
        Acknowledge();
        _core.Step(Input.LogFlushed(_now, _core.Last, _generation));
        if (_core.Commit != _core.Last.Index)
        {
            throw new InvalidOperationException($"commit {_core.Commit}, last {_core.Last}");
        }

        if (_core.Commit - _compacted >= CompactEvery)
        {
            _compacted = _core.CompactionLimit;
            var position = new LogPosition(_compacted, _core.TermAt(_compacted));
            _core.Step(Input.LogCompacted(_now, position, _core.Membership));
        }
    }

    private void Elect()
    {
        _now += TimeSpan.FromSeconds(5);
        _core.Step(Input.Tick(_now));
        foreach (var peer in _peers)
        {
            Receive(new Message { Type = MessageType.PreVoteReply, From = peer, Term = _core.Term.Next });
        }

        _core.Step(Input.HardStateSaved(_now, new HardState(_core.Term, _core.Self, default)));
        foreach (var peer in _peers)
        {
            Receive(new Message { Type = MessageType.VoteReply, From = peer, Term = _core.Term });
        }

        Acknowledge();
        _core.Step(Input.LogFlushed(_now, _core.Last, _generation));
    }

    private void Acknowledge()
    {
        foreach (var peer in _peers)
        {
            Receive(new Message
            {
                Type = MessageType.AppendReply, From = peer, Term = _core.Term, Position = _core.Last,
            });
        }
    }

    private void Receive(in Message message) =>
        _core.Step(Input.Received(
            _now, message with { To = _core.Self }, default, IdentityOf(message.From)));

    // As in production: each message is judged by the incarnation of its sender.
    private static PeerIdentity IdentityOf(NodeId id) =>
        new(new Incarnation(id.Value + 100), new StartCount(1));

    private void NoteGeneration()
    {
        foreach (ref readonly var effect in _core.Effects)
        {
            if (effect.Kind == EffectKind.AppendToLog)
            {
                _generation = effect.Generation;
            }
        }
    }
}
