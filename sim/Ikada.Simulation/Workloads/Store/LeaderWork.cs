using Ikada.KeyValue;
using Ikada.Primitives;

namespace Ikada.Simulation.Workloads.Store;

/// <summary>Reads what <see cref="LeaseKeeping"/> proposes, so that model and checkers know it.</summary>
internal static class LeaderWork
{
    // The kinds in the log, docs/internals/key-value.md.
    private const byte RevokeKind = 7;
    private const byte CheckpointKind = 11;

    public static StoreRequest Read(byte[] command)
    {
        var at = 2;
        var numbers = new List<ulong>();
        while (at < command.Length)
        {
            numbers.Add(Number(command, ref at));
        }

        switch (command[0])
        {
            case RevokeKind:
                return new RevokeRequest((long)numbers[0], numbers[1]);
            case CheckpointKind:
                return new CheckpointRequest([.. numbers.Chunk(3).Select(three => new LeaseCheckpoint(
                    (long)three[0], new LogIndex(three[1]), (long)three[2]))]);
            default:
                throw new System.Diagnostics.UnreachableException($"a command of kind {command[0]}");
        }
    }

    private static ulong Number(byte[] bytes, ref int at)
    {
        var (number, shift) = (0UL, 0);
        byte one;
        do
        {
            one = bytes[at++];
            number |= (ulong)(one & 0x7F) << shift;
            shift += 7;
        }
        while (one >= 0x80);
        return number;
    }
}
