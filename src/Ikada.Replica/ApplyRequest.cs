using Ikada.Primitives;
using Ikada.StateMachine;

namespace Ikada.Replica;

/// <summary>A run of committed entries for the state machine, with the proposals that wait for
/// them.</summary>
public sealed class ApplyRequest : IApplyResults
{
    private readonly CommittedCommand[] _commands;
    private readonly LogPosition[] _positions;
    private readonly Proposal?[] _waiting;
    private readonly ReadOnlyMemory<byte>[] _results;

    internal ApplyRequest(
        CommittedCommand[] commands, LogPosition[] positions, Proposal?[] waiting, LogIndex upTo)
    {
        _commands = commands;
        _positions = positions;
        _waiting = waiting;
        _results = new ReadOnlyMemory<byte>[commands.Length];
        UpTo = upTo;
    }

    /// <summary>The applied index afterwards.</summary>
    public LogIndex UpTo { get; }

    /// <summary>How many commands it holds.</summary>
    public int Count => _commands.Length;

    /// <summary>Applies the commands and tells the waiting proposals. An exception of the state machine
    /// passes through: the node must stop, naming the range.</summary>
    public void Execute(IStateMachine machine)
    {
        machine.Apply(_commands, UpTo, this);
        for (var i = 0; i < _waiting.Length; i++)
        {
            _waiting[i]?.Complete(WriteOutcome.Applied(_positions[i], _results[i]));
        }
    }

    /// <inheritdoc/>
    void IApplyResults.Set(int position, ReadOnlyMemory<byte> result) => _results[position] = result;
}
