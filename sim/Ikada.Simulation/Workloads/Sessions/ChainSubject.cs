using System.Buffers;
using Ikada.Primitives;
using Ikada.Simulation.Checkers;
using Ikada.StateMachine;

namespace Ikada.Simulation.Workloads.Sessions;

/// <summary>The simulator's own machine behind sessions: a chain, on which everything shows that is applied
/// twice, left out or exchanged.</summary>
internal sealed class ChainSubject : ISessionSubject
{
    public const string Property = "I22 what was applied is applied once, on every node";
    private readonly List<Chain> _chains = [default];
    private readonly ArrayBufferWriter<byte> _answer = new();

    public bool TakesStrays => true;

    public int? Clients => null;

    public IStateMachine Make(int node) => new ChainMachine();

    public bool IsQueryNext(RandomSource random) => random.OneIn(5);

    public byte[] DrawQuery(string whose, RandomSource random) => [];

    public byte[]? DrawStaleQuery(RandomSource random) => [];

    public byte[] DrawCommand(ulong number, RandomSource random) => [];

    public byte[] Encode(NumberedCommand command, long operation) =>
        ChainCommand.Encode(command.Number, operation);

    public void Stands(ulong index)
    {
        while ((ulong)_chains.Count - 1 < index)
        {
            _chains.Add(_chains[^1]);
        }
    }

    public ReadOnlyMemory<byte> Apply(in CommittedCommand committed, NumberedCommand command)
    {
        Stands(committed.Index.Value - 1);
        _chains.Add(_chains[^1].Longer(command.Number));
        return _chains[^1].Result(command.Number);
    }

    public void CompareAnswer(
        int node, LogIndex applied, byte[] query, string whose, ReadOnlySpan<byte> answer)
    {
        var (found, expected) = (Chain.Decode(answer), _chains[(int)applied.Value]);
        if (found != expected)
        {
            throw new PropertyViolatedException(
                Property, $"n{node + 1} at index {applied} shows {found}; it should be {expected}");
        }
    }

    public void Converged(int node, IStateMachine machine)
    {
        _answer.ResetWrittenCount();
        machine.Query([], _answer);
        CompareAnswer(node, machine.AppliedIndex, [], "the end", _answer.WrittenSpan);
    }
}
