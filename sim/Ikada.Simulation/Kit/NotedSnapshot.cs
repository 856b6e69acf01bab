using System.Buffers;
using System.IO.Hashing;
using Ikada.Primitives;
using Ikada.Simulation.Checkers;
using Ikada.StateMachine;

namespace Ikada.Simulation.Kit;

/// <summary>A snapshot of a node's machine. It notes which bytes were written of which index,
/// and they must be those of the reference copy there, however much was applied meanwhile.</summary>
internal sealed class NotedSnapshot(int node, IStateSnapshot snapshot, UserMachines machines)
    : IStateSnapshot
{
    public LogIndex AppliedIndex => snapshot.AppliedIndex;

    public void WriteTo(IBufferWriter<byte> writer)
    {
        var bytes = new ArrayBufferWriter<byte>();
        UserCode.Run(
            KitProperties.Captures, () => $"the snapshot of index {AppliedIndex}, when it is written",
            () => snapshot.WriteTo(bytes));
        var hash = XxHash3.HashToUInt64(bytes.WrittenSpan);
        var step = machines.References.Trail.At(AppliedIndex.Value);
        if (step.IsLooked && step.Snapshot != hash)
        {
            throw new PropertyViolatedException(
                KitProperties.Stays,
                $"the snapshot that n{node + 1} took at index {AppliedIndex} has other bytes, "
                + $"{bytes.WrittenCount}, when it is written: something that it holds is changed by Apply");
        }

        machines.Taken(hash, AppliedIndex.Value);
        writer.Write(bytes.WrittenSpan);
    }
}
