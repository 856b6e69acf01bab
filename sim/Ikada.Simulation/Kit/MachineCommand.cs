using System.Buffers.Binary;
using Ikada.Simulation.Clients;
using Ikada.StateMachine;

namespace Ikada.Simulation.Kit;

/// <summary>A user's command as the simulated log holds it: with the number of its operation, and masked so
/// that zeros are none. To the log a sector of zeros in its very last batch may be one that a torn write
/// lost, and damage beside it could not be told from that (docs/internals/log-format.md, Limits).</summary>
internal static class MachineCommand
{
    private const byte Mask = 0xA5;

    /// <summary>The bytes for the log.</summary>
    public static byte[] Encode(long number, ReadOnlySpan<byte> body)
    {
        var command = new byte[body.Length + Operations.NumberBytes];
        Masked(body, command);
        BinaryPrimitives.WriteInt64LittleEndian(command.AsSpan(body.Length), number);
        return command;
    }

    /// <summary>The command as the user made it.</summary>
    public static CommittedCommand Decode(in CommittedCommand command)
    {
        var body = new byte[command.Body.Length - Operations.NumberBytes];
        Masked(command.Body.Span[..body.Length], body);
        return command with { Body = body };
    }

    private static void Masked(ReadOnlySpan<byte> from, Span<byte> to)
    {
        for (var i = 0; i < from.Length; i++)
        {
            to[i] = (byte)(from[i] ^ Mask);
        }
    }
}
