using System.Buffers;
using Ikada.KeyValue;
using Ikada.Primitives;
using Ikada.Replica;
using Ikada.Simulation.Checkers;
using Ikada.Simulation.Clients;
using Ikada.StateMachine;

namespace Ikada.Simulation.Workloads;

/// <summary>The key-value store: clients put, delete and read a few keys, and its history is judged by
/// revisions.</summary>
internal sealed class KeyValueWorkload : Workload
{
    private readonly ArrayBufferWriter<byte> _answer = new();
    private int _valueBytesMax = 8;
    private int _staleKey;

    public KeyValueWorkload(int keys)
    {
        Model = new KeyValueModel(keys);
        History = new Linearizability(Model);
    }

    public KeyValueModel Model { get; }

    public Linearizability History { get; }

    /// <summary>What nodes show that are asked for what they have.</summary>
    public StaleReads Stale { get; } = new();

    /// <summary>Two to thirteen keys, or as many as are asked for.</summary>
    public static KeyValueWorkload Drawn(RandomSource random, int? keys)
    {
        var drawn = 2 + random.NextBelow(12);
        return new KeyValueWorkload(keys ?? drawn);
    }

    public override int Keys => Model.Keys;

    public override IStateMachine MakeMachine(int node) => new KeyValueStore();

    public override void DrawLoad(RandomSource random) => _valueBytesMax = 8 << random.NextBelow(10);

    public override ClientOp Next(long id, int client, int node, RandomSource random) => new KeyValueOp
    {
        Id = id,
        Client = client,
        Kind = (ClientOpKind)Math.Max(0, random.NextBelow(6) - 3),
        Key = random.NextBelow(Model.Keys),
        FloorRevision = History.ToldRevision,
        Node = node,
    };

    public override byte[] Encode(ClientOp op) => op.IsQuery
        ? RangeQuery.Of(KeyValueCommands.Key(((KeyValueOp)op).Key)).Encode()
        : KeyValueCommands.Encode((KeyValueOp)op, ValueBytes(op));

    public override long WriteApplied(ClientOp op, in WriteOutcome outcome, bool isWaiting)
    {
        Invariant.Check(
            KeyValueResult.TryDecode(outcome.Result.Span, out var result),
            $"the result of op {op.Id} cannot be read");
        History.WriteApplied((KeyValueOp)op, result, isWaiting);
        return result.Revision;
    }

    public override long ReadAnswered(ClientOp op, LogIndex applied, ReadOnlySpan<byte> answer)
    {
        var result = Decode(op.Node, answer);
        History.ReadAnswered((KeyValueOp)op, result);
        ((KeyValueOp)op).Found =
            result.Items.Count == 0 ? -1 : Operations.NumberOf(result.Items[0].Value.Span);
        return result.Revision;
    }

    public override ClientOp? Again(ClientOp op, long id, int node) => new KeyValueOp
    {
        Id = id,
        Client = op.Client,
        Kind = op.Kind,
        Key = ((KeyValueOp)op).Key,
        FloorRevision = History.ToldRevision,
        Node = node,
    };

    public override byte[] StaleQuery(RandomSource random)
    {
        _staleKey = random.NextBelow(Model.Keys);
        return RangeQuery.Of(KeyValueCommands.Key(_staleKey)).Encode();
    }

    public override void StaleAnswered(
        int node, int start, LogIndex applied, byte[] query, ReadOnlySpan<byte> answer) =>
        Stale.Shows(History, node, start, _staleKey, Decode(node, answer));

    public override void Converged(int node, IStateMachine machine)
    {
        for (var key = 0; key < Model.Keys; key++)
        {
            _answer.ResetWrittenCount();
            machine.Query(RangeQuery.Of(KeyValueCommands.Key(key)).Encode(), _answer);
            var found = Decode(node, _answer.WrittenSpan);
            Invariant.Check(
                found.Revision == Model.Revision,
                $"n{node + 1} stands at revision {found.Revision}, the history at {Model.Revision}");
            History.Compare(node, key, found);
        }
    }

    /// <summary>What clients asked and were told, judged once more without a look at the store's revisions or
    /// at what was committed.</summary>
    public override void Ended() => ClientHistory.Check(Operations);

    public override void WriteHistory(TextWriter output) => ClientHistory.Write(Operations, output);

    protected override void Execute(in CommittedCommand command, ClientOp op) =>
        Model.Execute((KeyValueOp)op);

    // Mostly short, the same for the same operation.
    private int ValueBytes(ClientOp op) =>
        8 + (int)(((ulong)op.Id * 0x9E3779B97F4A7C15 >> 40) % (ulong)_valueBytesMax);

    private static RangeResult Decode(int node, ReadOnlySpan<byte> answer)
    {
        Invariant.Check(
            RangeResult.TryDecode(answer, out var result), $"an answer of n{node + 1} cannot be read");
        return result;
    }
}
