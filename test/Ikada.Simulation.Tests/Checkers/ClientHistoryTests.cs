using System.Text;
using Ikada.Consensus;
using Ikada.Replica;
using Ikada.Simulation.Clients;
using Ikada.Simulation.Histories;
using Ikada.Simulation.Workloads;
using static Ikada.Simulation.Tests.Checkers.ConsensusCheckerTests;

namespace Ikada.Simulation.Tests.Checkers;

/// <summary>Planted bugs in what the clients of the key-value store see, judged without its revisions: each
/// must be found.</summary>
public sealed class ClientHistoryTests
{
    private readonly Operations _operations = new();

    [Fact]
    public void A_history_without_a_fault_passes()
    {
        Read(found: -1, 0, 1);
        var first = Put(2, 3);
        Read(first, 4, 5);
        Delete(6, 7);
        Read(found: -1, 8, 9);
        ClientHistory.Check(_operations);
    }

    [Fact]
    public void A_stale_read_is_found_and_a_concurrent_one_is_none()
    {
        var first = Put(0, 1);
        var second = Put(2, 5);
        Read(first, 5, 6);
        ClientHistory.Check(_operations);
        Read(second, 7, 8);
        Read(first, 9, 10);
        Fires(ClientHistory.Property, () => ClientHistory.Check(_operations));
    }

    [Fact]
    public void A_lost_write_is_found_and_one_of_unknown_outcome_is_none()
    {
        Add(ClientOpKind.Put, 0, 1, OutcomeKind.Unknown);
        Read(found: -1, 2, 3);
        ClientHistory.Check(_operations);
        Put(4, 5);
        Read(found: -1, 6, 7);
        Fires(ClientHistory.Property, () => ClientHistory.Check(_operations));
    }

    [Fact]
    public void A_write_that_happens_twice_is_found()
    {
        var first = Put(0, 1);
        Delete(2, 3);
        Read(found: -1, 4, 5);
        ClientHistory.Check(_operations);
        Read(first, 6, 7);
        Fires(ClientHistory.Property, () => ClientHistory.Check(_operations));
    }

    [Fact]
    public void A_refused_write_that_is_read_is_found()
    {
        var refused = Add(ClientOpKind.Put, 0, 1, OutcomeKind.Refused);
        ClientHistory.Check(_operations);
        Read(refused.Id, 2, 3);
        Fires(ClientHistory.Property, () => ClientHistory.Check(_operations));
    }

    [Fact]
    public void Writes_that_two_clients_see_in_different_orders_are_found()
    {
        var (first, second) = (Put(0, 9), Put(0, 9));
        Read(first, 1, 2);
        Read(second, 3, 4);
        ClientHistory.Check(_operations);
        Read(first, 5, 6);
        Fires(ClientHistory.Property, () => ClientHistory.Check(_operations));
    }

    [Fact]
    public void What_is_written_of_a_run_is_judged_as_the_run_was()
    {
        var first = Put(0, 1);
        Add(ClientOpKind.Delete, 2, 3, OutcomeKind.Unknown);
        Add(ClientOpKind.Put, 2, 3, OutcomeKind.Refused);
        Add(ClientOpKind.Read, 2, 3, OutcomeKind.Unknown);
        Read(first, 4, 5);
        Read(found: -1, 6, 7);
        Assert.Equal(HistoryOutcome.Linearizable, Written().Outcome);
        Read(first, 8, 9);
        Assert.Equal(HistoryOutcome.NotLinearizable, Written().Outcome);
    }

    [Fact]
    public void An_operation_that_a_leader_took_and_never_ended_is_found()
    {
        var op = Add(ClientOpKind.Put, 0, 1, OutcomeKind.Unknown);
        op.TakenBy(3, Role.Follower);
        _operations.CheckAnswered(_ => 3);
        op.TakenBy(3, Role.Leader);
        _operations.CheckAnswered(_ => 4);
        Fires(Operations.AnsweredProperty, () => _operations.CheckAnswered(_ => 3));
        op.IsAnswered = true;
        _operations.CheckAnswered(_ => 3);
    }

    private HistoryVerdict Written()
    {
        using var text = new StringWriter();
        ClientHistory.Write(_operations, text);
        var history = HistoryReader.Read(new MemoryStream(Encoding.UTF8.GetBytes(text.ToString())));
        Assert.Equal(_operations.Count, history.Operations);
        return HistoryChecker.Check(history, 1000, static () => false);
    }

    private long Put(long start, long end) => Add(ClientOpKind.Put, start, end, OutcomeKind.Applied).Id;

    private void Delete(long start, long end) => Add(ClientOpKind.Delete, start, end, OutcomeKind.Applied);

    private void Read(long found, long start, long end) =>
        Add(ClientOpKind.Read, start, end, OutcomeKind.Applied).Found = found;

    private KeyValueOp Add(ClientOpKind kind, long start, long end, OutcomeKind heard)
    {
        var op = new KeyValueOp
        {
            Id = _operations.Count, Client = 0, Kind = kind, Key = 1, FloorRevision = 1,
            Start = start, End = end, Heard = heard,
        };
        _operations.Add(op);
        return op;
    }
}
