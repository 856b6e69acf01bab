using Ikada.KeyValue;
using Ikada.Primitives;
using Ikada.Replica;
using Ikada.Simulation.Checkers;
using Ikada.Simulation.Clients;
using Ikada.Simulation.Workloads;
using Ikada.StateMachine;
using static Ikada.Simulation.Tests.Checkers.ConsensusCheckerTests;

namespace Ikada.Simulation.Tests.Checkers;

/// <summary>Planted bugs in what clients and state machines see: each must be found.</summary>
public sealed class DataCheckerTests
{
    private static readonly GroupId Group = new(1);
    private readonly Operations _operations = new();
    private readonly KeyValueModel _model = new(4);
    private readonly Linearizability _history;
    private ulong _index;

    public DataCheckerTests() => _history = new Linearizability(_model);

    [Fact]
    public void A_history_without_a_fault_passes()
    {
        var put = Executed(ClientOpKind.Put, key: 1);
        _history.WriteApplied(put, Result(2));
        var read = Op(ClientOpKind.Read, key: 1);
        _history.ReadAnswered(read, Range(2, put.Id, 2));
        var delete = Executed(ClientOpKind.Delete, key: 1);
        _history.WriteApplied(delete, new KeyValueResult { Revision = 3, Deleted = 1 });
        var nothing = Executed(ClientOpKind.Delete, key: 1);
        _history.WriteApplied(nothing, Result(3));
        _history.ReadAnswered(Op(ClientOpKind.Read, key: 1), Range(3));
        _operations.CheckAcknowledged();
    }

    [Fact]
    public void An_acknowledged_write_that_was_never_executed_is_found()
    {
        var lost = Op(ClientOpKind.Put, key: 0);
        Fires(Linearizability.AckedProperty, () => _history.WriteApplied(lost, Result(2)));
        lost.Outcome = OutcomeKind.Applied;
        Fires(Operations.AckedProperty, _operations.CheckAcknowledged);
    }

    [Fact]
    public void A_wrong_revision_in_an_answer_is_found()
    {
        var put = Executed(ClientOpKind.Put, key: 0);
        Fires(Linearizability.AckedProperty, () => _history.WriteApplied(put, Result(3)));
    }

    [Fact]
    public void A_write_ordered_before_one_that_had_ended_is_found()
    {
        var early = Executed(ClientOpKind.Put, key: 0);
        _history.WriteApplied(Executed(ClientOpKind.Put, key: 1), Result(3));
        var late = new KeyValueOp
        {
            Id = early.Id, Client = 0, Kind = ClientOpKind.Put, Key = 0,
            FloorRevision = 3
        };
        (late.IsExecuted, late.ExecutedRevision) = (true, 2);
        Fires(Linearizability.OrderProperty, () => _history.WriteApplied(late, Result(2)));
    }

    [Fact]
    public void A_stale_read_is_found()
    {
        var first = Executed(ClientOpKind.Put, key: 0);
        _history.WriteApplied(first, Result(2));
        _history.WriteApplied(Executed(ClientOpKind.Put, key: 0), Result(3));
        Fires(Linearizability.FreshProperty, () => _history.ReadAnswered(Op(ClientOpKind.Read, 0), Range(2,
            first.Id, 2)));
    }

    [Fact]
    public void A_read_of_a_value_that_was_not_there_is_found()
    {
        var first = Executed(ClientOpKind.Put, key: 0);
        var second = Executed(ClientOpKind.Put, key: 0);
        var read = Op(ClientOpKind.Read, key: 0);
        Fires(Linearizability.OrderProperty, () => _history.ReadAnswered(read, Range(3, first.Id, 2)));
        Fires(Linearizability.OrderProperty, () => _history.ReadAnswered(read, Range(2, second.Id, 3)));
        Fires(Linearizability.OrderProperty, () => _history.ReadAnswered(read, Range(3)));
        Fires(Linearizability.OrderProperty, () => _history.ReadAnswered(read, Range(9, second.Id, 3)));
    }

    [Fact]
    public void A_command_executed_twice_is_found()
    {
        var put = Executed(ClientOpKind.Put, key: 0);
        Fires(
            Operations.OnceProperty,
            () => _operations.Execute(++_index, KeyValueCommands.Encode(put, 8)));
    }

    [Fact]
    public void A_refused_write_that_happens_is_found_whichever_comes_first()
    {
        var refused = Op(ClientOpKind.Put, key: 0);
        (refused.IsEnded, refused.Outcome) = (true, OutcomeKind.Refused);
        Fires(
            Operations.RefusedProperty,
            () => _operations.Execute(++_index, KeyValueCommands.Encode(refused, 8)));
        Fires(Operations.RefusedProperty, () => Operations.Refused(Executed(ClientOpKind.Put, 0)));
    }

    [Fact]
    public void Another_command_than_the_committed_one_is_found()
    {
        var (checker, entries) = Committed();
        checker.Applies(0, 0, [Command(entries[0])], 2);
        var changed = Command(entries[0]) with { Body = new byte[] { 9 } };
        Fires(StateMachineSafety.Property, () => checker.Applies(0, 0, [changed], 2));
    }

    [Fact]
    public void A_command_left_out_out_of_order_or_not_committed_is_found()
    {
        var (checker, entries) = Committed();
        Fires(StateMachineSafety.Property, () => checker.Applies(0, 0, [], 2));
        Fires(StateMachineSafety.Property, () => checker.Applies(0, 0, [Command(entries[0]),
            Command(entries[1])], 2));
        Fires(StateMachineSafety.Property, () => checker.Applies(0, 0, [Command(entries[0])], 3));
        Fires(StateMachineSafety.Property, () => checker.Applies(0, 1, [Command(entries[0])], 2));
    }

    // Entry 1 is a command, entry 2 a leader's empty one.
    private static (StateMachineSafety Checker, LogEntry[] Entries) Committed()
    {
        LogEntry[] entries =
        [
            LogEntry.Create(Group, new LogIndex(1), new Term(1), EntryKind.Command, 1, new byte[] { 1, 2,
                3 }),
            LogEntry.Create(Group, new LogIndex(2), new Term(1), EntryKind.Empty, 1, default),
        ];
        var log = new LogMirror();
        foreach (var entry in entries)
        {
            log.Append(entry.Term.Value, entry.Checksum, entry.Kind);
        }

        var committed = new CommittedLog();
        committed.Commits(0, log, 2);
        return (new StateMachineSafety(Group, committed), entries);
    }

    private static CommittedCommand Command(in LogEntry entry) => new(entry.Index, entry.Version,
        entry.Body, false);

    private static KeyValueResult Result(long revision) => new() { Revision = revision };

    private static RangeResult Range(long revision) => new() { Revision = revision };

    private static RangeResult Range(long revision, long op, long modRevision) => new()
    {
        Revision = revision,
        Items = [new KeyValueItem(default, modRevision, modRevision, 1, 0, BitConverter.GetBytes(op))],
    };

    private KeyValueOp Op(ClientOpKind kind, int key)
    {
        var op = new KeyValueOp
        {
            Id = _operations.Count, Client = 0, Kind = kind, Key = key, FloorRevision = _history.ToldRevision,
        };
        _operations.Add(op);
        return op;
    }

    private KeyValueOp Executed(ClientOpKind kind, int key)
    {
        var op = Op(kind, key);
        _model.Execute((KeyValueOp)_operations.Execute(++_index, KeyValueCommands.Encode(op, 8)));
        return op;
    }
}
