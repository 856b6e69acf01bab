using System.Buffers;
using Ikada.Primitives;
using Ikada.Simulation.Checkers;
using Ikada.StateMachine;

namespace Ikada.Simulation.Kit;

/// <summary>A copy of the user's machine, and of their model, to which every committed command comes alone,
/// in order and from the first one on: no batch, no crash, no snapshot.</summary>
internal sealed class ReferenceCopy
{
    private readonly ClusterPlan _plan;
    private readonly IStateMachine _machine;
    private readonly ISequentialModel? _model;
    private readonly ArrayBufferWriter<byte> _answer = new();

    public ReferenceCopy(ClusterPlan plan, IStateMachine machine)
    {
        (_plan, _machine) = (plan, machine);
        _model = plan.Model?.Invoke();
    }

    /// <summary>Where it stands.</summary>
    public ulong Index { get; private set; }

    /// <summary>The machine.</summary>
    public IStateMachine Machine => _machine;

    /// <summary>Executes the command of the next index. Returns its result.</summary>
    public ReadOnlyMemory<byte> Execute(in CommittedCommand command)
    {
        var slots = new ResultSlots(1);
        Apply([command with { WantsResult = true }], command.Index, slots, command.Body);
        var result = slots[0] ?? throw new PropertyViolatedException(
            KitProperties.AppliesAll,
            $"index {command.Index}, {Text(command.Body)}: no result was set, and somebody wants one");
        if (_model is not null)
        {
            var expected = _model.Apply(command.Body.Span);
            if (!expected.Span.SequenceEqual(result.Span))
            {
                throw new PropertyViolatedException(
                    KitProperties.Model,
                    $"index {command.Index}, {Text(command.Body)}: the result is {Hex(result.Span)}; the "
                    + $"model has {Hex(expected.Span)}");
            }
        }

        return result;
    }

    /// <summary>Goes to the next index, which holds no command.</summary>
    public void Pass() => Apply([], new LogIndex(Index + 1), new ResultSlots(0), default);

    /// <summary>What the answer to a query is now.</summary>
    public ReadOnlySpan<byte> Answer(byte[] query)
    {
        if (_model is not null)
        {
            return _model.Query(query).Span;
        }

        _answer.ResetWrittenCount();
        _machine.Query(query, _answer);
        return _answer.WrittenSpan;
    }

    /// <summary>Bytes for a message.</summary>
    public static string Hex(ReadOnlySpan<byte> bytes)
    {
        const int Shown = 24;
        return bytes.IsEmpty ? "nothing"
            : bytes.Length <= Shown ? Convert.ToHexString(bytes)
            : $"{Convert.ToHexString(bytes[..Shown])}… ({bytes.Length} bytes)";
    }

    private void Apply(
        CommittedCommand[] commands, LogIndex index, ResultSlots slots, ReadOnlyMemory<byte> body)
    {
        UserCode.Run(
            KitProperties.AppliesAll,
            () => commands.Length == 0 ? $"index {index}, no command" : $"index {index}, {Text(body)}",
            () => _machine.Apply(commands, index, slots));
        Index = index.Value;
        UserCode.StandsAt(_machine, index, "the reference copy");
    }

    private string Text(ReadOnlyMemory<byte> body) => _plan.TextOf(body.ToArray());
}
