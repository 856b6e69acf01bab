using System.Buffers;
using System.Buffers.Binary;
using Ikada.Primitives;
using Ikada.StateMachine;

namespace Ikada.Sessions.Tests;

/// <summary>Drives a session machine over a tape as a log would.</summary>
internal sealed class Driver
{
    public Driver(int padding = 0) => (Tape, Machine) = Make(padding);

    /// <summary>Over a tape that keeps itself and the sessions.</summary>
    public Driver(DurableTape durable) => (Tape, Machine) = (new Tape(), new SessionMachine(durable));

    public Tape Tape { get; }

    public SessionMachine Machine { get; }

    /// <summary>What the last command was answered, byte for byte.</summary>
    public ReadOnlyMemory<byte> LastAnswer { get; private set; }

    public ulong Applied => Machine.AppliedIndex.Value;

    /// <summary>Applies a command at the next index, or at one further on.</summary>
    public SessionResult Apply(byte[] body, ulong? index = null)
    {
        var results = Batch([body], index ?? Applied + 1);
        LastAnswer = results[0];
        return SessionResult.Decode(LastAnswer);
    }

    /// <summary>Applies commands in one batch, at indexes from the next one on.</summary>
    public ReadOnlyMemory<byte>[] Batch(
        IReadOnlyList<byte[]> bodies, ulong? first = null, ulong? upTo = null)
    {
        var from = first ?? Applied + 1;
        var commands = bodies
            .Select((body, i) => new CommittedCommand(new LogIndex(from + (ulong)i), 1, body, true))
            .ToArray();
        var results = new Results(commands.Length);
        Machine.Apply(commands, new LogIndex(upTo ?? from + (ulong)commands.Length - 1), results);
        return results.Items;
    }

    public ulong Open(SessionOptions? options = null) =>
        Apply(SessionCommand.EncodeOpen(options ?? new SessionOptions())).SessionId;

    /// <summary>Entries that are no commands.</summary>
    public void Idle(ulong upTo) => Machine.Apply([], new LogIndex(upTo), new Results(0));

    public byte[] Snapshot()
    {
        var writer = new ArrayBufferWriter<byte>();
        Machine.CaptureSnapshot().WriteTo(writer);
        return writer.WrittenSpan.ToArray();
    }

    public static byte[] Of(ulong session, ulong sequence, ulong acknowledged = 0, string command = "x") =>
        SessionCommand.Encode(
            session, sequence, acknowledged, System.Text.Encoding.ASCII.GetBytes(command));

    /// <summary>The how-manieth command on the tape a result says it was.</summary>
    public static long NumberOf(SessionResult result)
    {
        Assert.Equal(SessionResultKind.Applied, result.Kind);
        return BinaryPrimitives.ReadInt64LittleEndian(result.Result.Span);
    }

    private static (Tape, SessionMachine) Make(int padding)
    {
        var tape = new Tape { Padding = padding };
        return (tape, new SessionMachine(tape));
    }

    internal sealed class Results(int count) : IApplyResults
    {
        public ReadOnlyMemory<byte>[] Items { get; } = new ReadOnlyMemory<byte>[count];

        public void Set(int position, ReadOnlyMemory<byte> result)
        {
            Assert.True(Items[position].IsEmpty);
            Items[position] = result;
        }
    }
}
