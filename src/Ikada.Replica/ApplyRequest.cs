using Ikada.Primitives;
using Ikada.StateMachine;

namespace Ikada.Replica;

/// <summary>A run of committed entries for the state machine, with the proposals that wait for
/// them.</summary>
public sealed class ApplyRequest : MachineWork, IApplyResults
{
    private readonly CommittedCommand[] _commands;
    private readonly LogPosition[] _positions;
    private readonly Proposal?[] _waiting;
    private readonly (LogPosition Position, Proposal Proposal)[] _changes;
    private readonly ReadOnlyMemory<byte>[] _results;

    internal ApplyRequest(
        CommittedCommand[] commands, LogPosition[] positions, Proposal?[] waiting,
        (LogPosition Position, Proposal Proposal)[] changes, LogIndex upTo)
    {
        _commands = commands;
        _positions = positions;
        _waiting = waiting;
        _changes = changes;
        _results = new ReadOnlyMemory<byte>[commands.Length];
        UpTo = upTo;
    }

    /// <summary>The applied index afterwards.</summary>
    public LogIndex UpTo { get; }

    /// <summary>How many commands it holds.</summary>
    public int Count => _commands.Length;

    /// <inheritdoc/>
    public override string What => Count == 1
        ? $"applying the command of index {_commands[0].Index}"
        : $"applying {Count} commands up to index {UpTo}";

    /// <summary>Applies the commands and tells the waiting proposals. An exception of the state machine
    /// passes through: the node must stop, naming the range.</summary>
    protected override void Run(IStateMachine machine)
    {
        ArgumentNullException.ThrowIfNull(machine);
        machine.Apply(_commands, UpTo, this);
        for (var i = 0; i < _waiting.Length; i++)
        {
            _waiting[i]?.Complete(WriteOutcome.Applied(_positions[i], _results[i]));
        }

        // Changes of the membership go to no state machine: they are done once all before them is applied.
        foreach (var (position, change) in _changes)
        {
            change.Complete(WriteOutcome.Applied(position, default));
        }
    }

    /// <inheritdoc/>
    void IApplyResults.Set(int position, ReadOnlyMemory<byte> result) => _results[position] = result;
}
