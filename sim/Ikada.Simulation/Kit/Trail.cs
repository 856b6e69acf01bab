using System.Buffers;
using System.IO.Hashing;
using Ikada.Simulation.Checkers;
using Ikada.StateMachine;

namespace Ikada.Simulation.Kit;

/// <summary>
/// What the reference copy of a machine was at each index: the hash it reports, the bytes of its snapshot,
/// the command and its result. Two runs of a seed must leave the same trail, and every node must keep to
/// it.
/// </summary>
internal sealed class Trail
{
    // A look at a snapshot costs as much as the state is long: the longer it is, the fewer there are.
    private const int BytesPerIndex = 512;
    private const int ChangesMin = 16;
    private readonly ArrayBufferWriter<byte> _bytes = new();
    private Step[] _steps = new Step[256];
    private ulong _nextLook;

    /// <summary>The last index; -1: nothing was noted.</summary>
    public long Last { get; private set; } = -1;

    /// <summary>Notes what the machine is at the next index.</summary>
    public void Add(IStateMachine machine, ReadOnlySpan<byte> command, ReadOnlySpan<byte> result)
    {
        var index = (ulong)++Last;
        if (index >= (ulong)_steps.Length)
        {
            Array.Resize(ref _steps, _steps.Length * 2);
        }

        var step = new Step(machine.StateHash, 0, false, XxHash3.HashToUInt64(command),
            XxHash3.HashToUInt64(result));
        if (index >= _nextLook)
        {
            var snapshot = HashOf(machine.CaptureSnapshot(), out var length);
            step = step with { Snapshot = snapshot, IsLooked = true };
            _nextLook = index + 1 + (ulong)(length / BytesPerIndex);
        }

        _steps[index] = step;
    }

    /// <summary>What the machine was at an index that is noted.</summary>
    public Step At(ulong index) => _steps[index];

    /// <summary>The hash of a snapshot's bytes.</summary>
    public ulong HashOf(IStateSnapshot snapshot, out int length)
    {
        _bytes.ResetWrittenCount();
        snapshot.WriteTo(_bytes);
        length = _bytes.WrittenCount;
        return XxHash3.HashToUInt64(_bytes.WrittenSpan);
    }

    /// <summary>The first index at which two trails differ; null: as far as both go they do not.</summary>
    public ulong? Parts(Trail other)
    {
        for (var index = 0L; index <= Math.Min(Last, other.Last); index++)
        {
            if (_steps[index] != other._steps[index])
            {
                return (ulong)index;
            }
        }

        return null;
    }

    /// <summary>A hash that never changes while the state does tells nothing to anybody who compares
    /// nodes.</summary>
    public void CheckHash()
    {
        var changes = 0;
        for (var index = 1L; index <= Last; index++)
        {
            var (before, now) = (_steps[index - 1], _steps[index]);
            if (now.State != before.State)
            {
                return;
            }

            changes += now.IsLooked && before.IsLooked && now.Snapshot != before.Snapshot ? 1 : 0;
        }

        if (changes >= ChangesMin)
        {
            throw new PropertyViolatedException(
                KitProperties.HashTells,
                $"it is {_steps[0].State:x16} at all of {Last} indexes, while the snapshot changed {changes} "
                + "times; nodes that diverge could not be told by it");
        }
    }

    /// <summary>What was noted of an index.</summary>
    internal readonly record struct Step(
        ulong State, ulong Snapshot, bool IsLooked, ulong Command, ulong Result)
    {
        /// <summary>What of it another copy has otherwise, in words; empty: nothing.</summary>
        public string Differences(ulong state, ulong? snapshot, string? result)
        {
            var found = new List<string>();
            if (state != State)
            {
                found.Add($"state hash {state:x16} instead of {State:x16}");
            }

            if (result is not null)
            {
                found.Add(result);
            }

            if (IsLooked && snapshot is { } bytes && bytes != Snapshot)
            {
                found.Add("other bytes in its snapshot");
            }

            return string.Join(", ", found);
        }
    }
}
