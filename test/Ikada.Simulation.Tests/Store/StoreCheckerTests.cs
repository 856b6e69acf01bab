using System.Buffers;
using Ikada.KeyValue;
using Ikada.Primitives;
using Ikada.Simulation.Checkers;
using Ikada.Simulation.Checkers.Store;
using Ikada.Simulation.Clients;
using Ikada.Simulation.Workloads.Store;

namespace Ikada.Simulation.Tests.Store;

/// <summary>Violations of what the store promises, planted and found, and their legal neighbours.</summary>
public sealed class StoreCheckerTests
{
    private readonly StoreModel _model = new(3);
    private readonly StoreAnswers _answers;
    private long _now;
    private long _ops;
    private ulong _index;

    public StoreCheckerTests() => _answers = new StoreAnswers(_model);

    [Fact]
    public void An_answer_is_what_the_model_says_at_its_place()
    {
        var put = Execute(Put(0));
        _answers.WriteApplied(put, put.Index, put.Expected, isWaiting: true);
        Assert.Equal((2L, 1UL), (_answers.ToldRevision, _answers.ToldIndex));
        var next = Execute(Put(0));
        Found(
            StoreAnswers.WriteProperty,
            () => _answers.WriteApplied(next, next.Index, put.Expected, isWaiting: true));
        Found(
            Operations.AckedProperty,
            () => _answers.WriteApplied(next, next.Index + 1, next.Expected, isWaiting: true));
    }

    [Fact]
    public void A_transaction_that_did_half_of_what_it_says_is_found()
    {
        var whole = Execute(new TransactionRequest([], [Put(0), Put(1)], []));
        var half = new KeyValueResult
        {
            Revision = 2, Succeeded = true,
            Responses = [new OperationResult(null, new KeyValueResult { Revision = 2 })],
        };
        Found(
            StoreAnswers.TransactionProperty,
            () => _answers.WriteApplied(whole, whole.Index, half.Encode(), isWaiting: true));
        _answers.WriteApplied(whole, whole.Index, whole.Expected, isWaiting: true);
    }

    [Fact]
    public void An_operation_that_began_after_another_ended_has_a_later_place()
    {
        var early = Execute(Put(0));
        var late = Execute(Put(1));
        _answers.WriteApplied(late, late.Index, late.Expected, isWaiting: true);
        _answers.WriteApplied(early, early.Index, early.Expected, isWaiting: true);
        var after = Op(Put(0), floor: 9);
        _answers.Execute(after, ++_index);
        Found(
            Linearizability.OrderProperty,
            () => _answers.WriteApplied(after, after.Index, after.Expected, isWaiting: true));
    }

    [Fact]
    public void A_read_below_a_compaction_is_refused_and_one_at_it_is_right()
    {
        Execute(Put(0));
        Execute(Put(0));
        Execute(new CompactRequest(3));
        var (below, at) = (Read(2), Read(3));
        Assert.Equal(KeyValueError.Compacted, _model.Read(below, _index).Error);
        _answers.Compare(0, at, _index, Answer(_model.Read(at, _index)));
        Found(
            StoreAnswers.CompactionProperty,
            () => _answers.Compare(0, below, _index, Answer(_model.Read(at, _index))));
        Found(
            StoreAnswers.ReadProperty,
            () => _answers.Compare(0, at, _index, Answer(_model.Read(at, _index) with { Items = [] })));
        Found(
            Linearizability.FreshProperty,
            () => _answers.ReadAnswered(Op(at, floor: 4), _index, Answer(_model.Read(at, _index))));
    }

    [Fact]
    public void A_node_shows_nothing_older_than_since_its_start()
    {
        Execute(Put(0));
        Execute(Put(0));
        var now = Read(0);
        _answers.StaleAnswered(0, 1, now, 2, Answer(_model.Read(now, 2)));
        Found(
            StaleReads.Property, () => _answers.StaleAnswered(0, 1, now, 1, Answer(_model.Read(now, 1))));
        _answers.StaleAnswered(0, 2, now, 1, Answer(_model.Read(now, 1)));
    }

    [Fact]
    public void A_lease_that_ends_before_its_time_by_the_clock_of_who_ends_it_is_found()
    {
        var times = new LeaseTimes(2, node => new Instant(_now * (node + 1)));
        _model.Witness = times;
        Execute(new GrantRequest(7, 10));
        _now = TimeSpan.FromSeconds(9).Ticks;
        var expiry = new RevokeRequest(7, 1);
        Found(LeaseTimes.EarlyProperty, () => times.Proposes(0, expiry, _model));
        Found(LeaseTimes.EarlyProperty, () => times.Proposes(1, new RevokeRequest(7, 0), _model));
        times.Proposes(1, expiry, _model);
        Execute(new RenewRequest([7]));
        times.Proposes(0, expiry, _model);
        Found(LeaseTimes.EarlyProperty, () => times.Proposes(1, new RevokeRequest(7, 2), _model));
    }

    [Fact]
    public void A_checkpoint_that_takes_time_away_is_found_and_what_it_left_counts()
    {
        var times = new LeaseTimes(1, _ => new Instant(_now));
        _model.Witness = times;
        Execute(new GrantRequest(7, 10));
        _now = TimeSpan.FromSeconds(4).Ticks;
        var right = new CheckpointRequest([new LeaseCheckpoint(7, new LogIndex(1), 6)]);
        Found(
            LeaseTimes.CheckpointProperty,
            () => times.Proposes(
                0, new CheckpointRequest([new LeaseCheckpoint(7, new LogIndex(1), 5)]), _model));
        times.Proposes(0, right, _model);
        Execute(new CheckpointRequest([new LeaseCheckpoint(7, new LogIndex(1), 3)]));
        _now += TimeSpan.FromSeconds(3).Ticks;
        times.Proposes(0, new RevokeRequest(7, 1), _model);
    }

    private StoreOp Execute(StoreRequest request)
    {
        var op = Op(request, floor: 0);
        _answers.Execute(op, ++_index);
        return op;
    }

    private StoreOp Op(StoreRequest request, ulong floor) => new()
    {
        Id = _ops++, Client = 0, Asked = request, FloorIndex = floor,
        Kind = request is ReadRequest ? ClientOpKind.Query : ClientOpKind.Command,
    };

    private static PutRequest Put(int key) => new(key, [1], 0);

    private static ReadRequest Read(long revision) =>
        new(new KeySpan(0, 3), new RangeQuery { Revision = revision });

    private static byte[] Answer(RangeResult result)
    {
        var answer = new ArrayBufferWriter<byte>();
        result.Encode(answer);
        return answer.WrittenSpan.ToArray();
    }

    private static void Found(string property, Action look) =>
        Assert.Equal(property, Assert.Throws<PropertyViolatedException>(look).Property);
}
