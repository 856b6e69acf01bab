using System.Buffers;
using System.IO.Hashing;
using Ikada.Primitives;
using Ikada.Simulation.Checkers;
using Ikada.Simulation.Workloads.Sessions;
using Ikada.StateMachine;

namespace Ikada.Simulation.Kit;

/// <summary>A node's copy of the user's machine: given what the log holds, in batches or one command at a
/// time, and compared with the reference copy wherever it stands.</summary>
internal sealed class ComparedMachine(
    ClusterPlan plan, int node, IStateMachine machine, UserMachines machines) : IStateMachine
{
    private string Name => $"n{node + 1}";

    public LogIndex AppliedIndex => machine.AppliedIndex;

    public LogIndex DurableAppliedIndex => machine.DurableAppliedIndex;

    public ulong StateHash => machine.StateHash;

    public void Apply(ReadOnlySpan<CommittedCommand> commands, LogIndex upTo, IApplyResults results)
    {
        var batch = new CommittedCommand[commands.Length];
        for (var i = 0; i < batch.Length; i++)
        {
            batch[i] = MachineCommand.Decode(commands[i]);
        }

        if (!machines.OneByOne)
        {
            Apply(batch, upTo, results, 0);
            return;
        }

        for (var i = 0; i < batch.Length; i++)
        {
            Apply([batch[i]], batch[i].Index, results, i);
        }

        if (batch.Length == 0 || batch[^1].Index < upTo)
        {
            Apply([], upTo, results, batch.Length);
        }
    }

    public void Query(ReadOnlySpan<byte> query, IBufferWriter<byte> answer)
    {
        var body = query.ToArray();
        var (index, hash) = (AppliedIndex, StateHash);
        UserCode.Run(
            KitProperties.AnswersAll, () => $"{Name} at index {AppliedIndex}, {plan.TextOf(body)}",
            () => machine.Query(body, answer));
        if (AppliedIndex != index || StateHash != hash)
        {
            throw new PropertyViolatedException(
                KitProperties.QueriesOnly,
                $"{Name} stands at index {index} with the state hash {hash:x16}; after "
                + $"{plan.TextOf(body)} at {AppliedIndex} with {StateHash:x16}");
        }
    }

    public IStateSnapshot CaptureSnapshot()
    {
        IStateSnapshot? snapshot = null;
        UserCode.Run(
            KitProperties.Captures, () => $"{Name} at index {AppliedIndex}",
            () => snapshot = machine.CaptureSnapshot());
        var taken = snapshot!;
        if (taken.AppliedIndex != AppliedIndex)
        {
            throw new PropertyViolatedException(
                KitProperties.Captures,
                $"{Name} stands at index {AppliedIndex}; its snapshot says {taken.AppliedIndex}");
        }

        return new NotedSnapshot(node, taken, machines);
    }

    public void Restore(ReadOnlySequence<byte> snapshot)
    {
        var bytes = snapshot.ToArray();
        var what = $"{Name} restores a snapshot of {bytes.Length} bytes, taken at "
            + machines.TakenAt(XxHash3.HashToUInt64(bytes));
        UserCode.Run(KitProperties.Restores, () => what, () => machine.Restore(snapshot));
        if (!machines.IsTaken(XxHash3.HashToUInt64(bytes), AppliedIndex.Value))
        {
            throw new PropertyViolatedException(
                KitProperties.Restores, $"{what}: then its AppliedIndex is {AppliedIndex}");
        }

        var again = new ArrayBufferWriter<byte>();
        UserCode.Run(
            KitProperties.Captures, () => $"{Name} after it restored the snapshot of index {AppliedIndex}",
            () => machine.CaptureSnapshot().WriteTo(again));
        if (!again.WrittenSpan.SequenceEqual(bytes))
        {
            throw new PropertyViolatedException(
                KitProperties.Restores,
                $"{what}: the snapshot of what it holds then has {again.WrittenCount} bytes, and "
                + $"{FirstDifference(again.WrittenSpan, bytes)}");
        }

        UserCode.Holds(
            plan, machine, () => $"on {Name} after it restored the snapshot of index {AppliedIndex}");
        var state = machines.References.Trail.At(AppliedIndex.Value).State;
        if (machine.StateHash != state)
        {
            throw new PropertyViolatedException(
                KitProperties.Restores,
                $"{what}: its snapshot is the same again, but its state hash {machine.StateHash:x16} is not "
                + $"the {state:x16} that it was taken with: something of the state is not in the snapshot");
        }
    }

    private static string FirstDifference(ReadOnlySpan<byte> found, ReadOnlySpan<byte> expected)
    {
        var at = found.CommonPrefixLength(expected);
        return at == Math.Min(found.Length, expected.Length)
            ? $"the first {at} are the same" : $"they differ from byte {at} on";
    }

    // Its results go to the positions from `first` on of the batch that the node was given.
    private void Apply(CommittedCommand[] commands, LogIndex upTo, IApplyResults results, int first)
    {
        var from = AppliedIndex.Value;
        var wanted = new CommittedCommand[commands.Length];
        for (var i = 0; i < wanted.Length; i++)
        {
            // A node where nobody waits is asked for a result as well, now and then: it must be the same.
            var isWanted = commands[i].WantsResult || (commands[i].Index.Value + (ulong)node) % 2 == 0;
            wanted[i] = commands[i] with { WantsResult = isWanted };
        }

        CheckEffects(commands, from, upTo.Value);
        var slots = new ResultSlots(commands.Length);
        UserCode.Run(
            KitProperties.AppliesAll, () => $"{Name} applies {Batch(from, upTo.Value)}; a copy of it did not",
            () => machine.Apply(wanted, upTo, slots));
        UserCode.StandsAt(machine, upTo, Name);
        for (var i = 0; i < commands.Length; i++)
        {
            CompareResult(wanted[i], slots[i], from, upTo.Value);
            if (commands[i].WantsResult && slots[i] is { } result)
            {
                results.Set(first + i, result);
            }
        }

        CompareState(from, upTo.Value, null);
        UserCode.Holds(plan, machine, () => $"on {Name} after {Batch(from, upTo.Value)}");
    }

    // What stands before the machine must hand on what the history has, and nothing else.
    private void CheckEffects(CommittedCommand[] commands, ulong from, ulong upTo)
    {
        foreach (var command in commands)
        {
            if (machines.ResultAt(command.Index.Value) is null)
            {
                throw new PropertyViolatedException(
                    SessionModel.Property,
                    $"{Name} applies index {command.Index}, {plan.TextOf(command.Body.ToArray())}; in the "
                    + "history that is a copy without effect: the command was applied before, its client "
                    + "has ended it, or its session has expired");
            }
        }

        if (machines.EffectsWithin(from, upTo) is var effects && effects != commands.Length)
        {
            throw new PropertyViolatedException(
                SessionModel.Property,
                $"{Name} applies {commands.Length} commands from index {from + 1} to {upTo}; in the history "
                + $"{effects} have an effect");
        }
    }

    private void CompareResult(
        in CommittedCommand command, ReadOnlyMemory<byte>? result, ulong from, ulong upTo)
    {
        var expected = machines.ResultAt(command.Index.Value)!.Value;
        if (command.WantsResult && (result is not { } set || !set.Span.SequenceEqual(expected.Span)))
        {
            var difference = $"the result {(result is { } other ? ReferenceCopy.Hex(other.Span) : "none")} "
                + $"instead of {ReferenceCopy.Hex(expected.Span)}";
            if (command.Index.Value == upTo)
            {
                CompareState(from, upTo, difference);
            }

            throw Diverged(command.Index.Value, difference, from, upTo);
        }
    }

    private void CompareState(ulong from, ulong index, string? result)
    {
        var trail = machines.References.Trail;
        var step = trail.At(index);
        ulong? snapshot = null;
        if (step.IsLooked)
        {
            UserCode.Run(
                KitProperties.Captures, () => $"{Name} at index {index}",
                () => snapshot = trail.HashOf(machine.CaptureSnapshot(), out _));
        }

        var differences = step.Differences(machine.StateHash, snapshot, result);
        if (differences.Length > 0)
        {
            throw Diverged(index, differences, from, index);
        }
    }

    private PropertyViolatedException Diverged(
        ulong index, string differences, ulong from, ulong upTo) => new(
        KitProperties.Deterministic,
        $"{Name} diverges from a copy that was given the same commands, first seen at "
        + $"{machines.References.Described(index)}: {differences}"
        + (upTo - from > 1 ? $" (applied in one batch from index {from + 1} to {upTo})" : string.Empty));

    private string Batch(ulong from, ulong upTo) => upTo - from > 1
        ? $"indexes {from + 1} to {upTo} in one batch" : machines.References.Described(upTo);
}
