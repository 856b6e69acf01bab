using Ikada.Primitives;
using Ikada.Replica;
using Ikada.Sessions;
using Ikada.Simulation.Clients;
using Ikada.Simulation.Workloads.Sessions;
using Ikada.StateMachine;
using static Ikada.Simulation.Tests.Checkers.ConsensusCheckerTests;

namespace Ikada.Simulation.Tests.Sessions;

/// <summary>Planted bugs in what clients with sessions see: each must be found, its legal neighbour
/// not.</summary>
public sealed class SessionCheckerTests
{
    private static readonly byte[] Wrong = [0, 1, 2];
    private readonly RandomSource _random = new(3);
    private readonly SessionWorkload _workload =
        new(new ChainSubject(), new SessionBounds(new RandomSource(11)));
    private readonly SessionMachine _machine;
    private ulong _index;

    public SessionCheckerTests() => _machine = (SessionMachine)_workload.MakeMachine(0);

    [Fact]
    public void Two_copies_with_one_answer_pass()
    {
        var op = Opened();
        var first = Applied(op);
        var copy = Add(_workload.Again(op, _workload.Operations.Count, 1)!);
        Assert.Equal(first, Applied(copy));
        Tell(op, first, 2);
        Tell(copy, first, 3);
        _workload.Converged(0, _machine);
    }

    [Fact]
    public void Another_answer_than_the_first_is_found()
    {
        var op = Opened();
        Applied(op);
        Fires(SessionWorkload.ResultProperty, () => Tell(op, Wrong, 2));
    }

    [Fact]
    public void An_answer_to_what_is_not_in_the_history_is_found()
    {
        var op = Opened();
        Fires(Operations.AckedProperty, () => Tell(op, Wrong, 2));
        var answer = Applied(op);
        Fires(Operations.AckedProperty, () => Tell(op, answer, 3));
        Tell(op, answer, 2);
    }

    [Fact]
    public void A_node_that_applied_a_command_twice_is_found()
    {
        var op = Opened();
        Applied(op);
        var copy = Add(_workload.Again(op, _workload.Operations.Count, 1)!);
        Execute(copy);
        var plain = SessionCommand.EncodePlain(ChainCommand.Encode(1, copy.Id));
        Give(_machine, plain); // what a machine without a table does of it
        Fires(ChainSubject.Property, () => _workload.Converged(0, _machine));
    }

    [Fact]
    public void A_table_that_keeps_more_than_it_may_is_found()
    {
        Applied(Opened());
        Execute(Next(SessionRequest.Garbage)); // has no effect in the history
        Give(_machine, SessionCommand.EncodeOpen(new SessionOptions()));
        Fires(SessionWorkload.TableProperty, () => _workload.Converged(0, _machine));
    }

    [Fact]
    public void A_query_that_shows_another_chain_is_found()
    {
        var answer = new byte[Chain.Bytes];
        _workload.StaleAnswered(0, 1, LogIndex.Zero, [], answer);
        answer[0] = 1;
        Fires(ChainSubject.Property, () => _workload.StaleAnswered(0, 1, LogIndex.Zero, [], answer));
    }

    // The first command of a session that was opened at index 1.
    private SessionOp Opened()
    {
        var open = Next(SessionRequest.Open);
        Tell(open, Applied(open), 1);
        return Next(SessionRequest.Command);
    }

    private SessionOp Next(SessionRequest request)
    {
        while (true)
        {
            var op = (SessionOp)_workload.Next(_workload.Operations.Count, 0, 0, _random);
            if (op.Asked == request)
            {
                return Add(op);
            }
        }
    }

    private SessionOp Add(ClientOp op)
    {
        _workload.Operations.Add(op);
        return (SessionOp)op;
    }

    private byte[] Applied(SessionOp op)
    {
        Execute(op);
        return Give(_machine, op.Body);
    }

    private void Execute(SessionOp op) =>
        _workload.Execute(new CommittedCommand(new LogIndex(++_index), 1, op.Body, true));

    private byte[] Give(SessionMachine machine, byte[] body)
    {
        var result = new Slot();
        var index = new LogIndex(_index);
        machine.Apply([new CommittedCommand(index, 1, body, true)], index, result);
        return result.Value;
    }

    private void Tell(SessionOp op, byte[] result, ulong index) => _workload.WriteApplied(
        op, WriteOutcome.Applied(new LogPosition(new LogIndex(index), new Term(1)), result), isWaiting: true);

    private sealed class Slot : IApplyResults
    {
        public byte[] Value { get; private set; } = [];

        public void Set(int position, ReadOnlyMemory<byte> result) => Value = result.ToArray();
    }
}
