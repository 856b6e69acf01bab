using System.Buffers;
using System.Buffers.Binary;
using Ikada.Primitives;
using Ikada.StateMachine;

namespace Ikada.Sessions.Tests;

/// <summary>A machine on which a command that is applied twice shows: it keeps what it was given, in order,
/// and answers with how much that is.</summary>
internal sealed class Tape : IStateMachine
{
    private readonly List<byte[]> _commands = [];

    public IReadOnlyList<byte[]> Commands => _commands;

    /// <summary>How many commands each call brought.</summary>
    public List<int> Runs { get; } = [];

    /// <summary>How many bytes longer than the number an answer is.</summary>
    public int Padding { get; init; }

    public LogIndex AppliedIndex { get; private set; }

    public LogIndex DurableAppliedIndex { get; set; }

    public ulong StateHash { get; private set; } = 1;

    public void Apply(ReadOnlySpan<CommittedCommand> commands, LogIndex upTo, IApplyResults results)
    {
        Runs.Add(commands.Length);
        for (var i = 0; i < commands.Length; i++)
        {
            Assert.True(commands[i].Index > AppliedIndex && commands[i].Index <= upTo);
            AppliedIndex = commands[i].Index;
            _commands.Add(commands[i].Body.ToArray());
            StateHash = (StateHash * 31) + Crc32C.Compute(commands[i].Body.Span);
            if (commands[i].WantsResult)
            {
                var answer = new byte[8 + Padding];
                BinaryPrimitives.WriteInt64LittleEndian(answer, _commands.Count);
                results.Set(i, answer);
            }
        }

        AppliedIndex = upTo;
    }

    public void Query(ReadOnlySpan<byte> query, IBufferWriter<byte> answer) => answer.Write(query);

    public IStateSnapshot CaptureSnapshot() => new View(AppliedIndex, StateHash, [.. _commands]);

    public void Restore(ReadOnlySequence<byte> snapshot)
    {
        var reader = new SequenceReader<byte>(snapshot);
        var commands = new List<byte[]>();
        if (!reader.TryReadLittleEndian(out long applied) || !reader.TryReadLittleEndian(out long hash)
            || !reader.TryReadLittleEndian(out int count))
        {
            throw new InvalidDataException("no tape");
        }

        for (var i = 0; i < count; i++)
        {
            if (!reader.TryRead(out var length) || !reader.TryReadExact(length, out var command))
            {
                throw new InvalidDataException("a tape that is cut");
            }

            commands.Add(command.ToArray());
        }

        _commands.Clear();
        _commands.AddRange(commands);
        (AppliedIndex, StateHash) = (new LogIndex((ulong)applied), (ulong)hash);
    }

    private sealed record View(LogIndex AppliedIndex, ulong Hash, byte[][] Commands) : IStateSnapshot
    {
        public void WriteTo(IBufferWriter<byte> writer)
        {
            var head = new byte[20];
            BinaryPrimitives.WriteUInt64LittleEndian(head, AppliedIndex.Value);
            BinaryPrimitives.WriteUInt64LittleEndian(head.AsSpan(8), Hash);
            BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(16), Commands.Length);
            writer.Write(head);
            foreach (var command in Commands)
            {
                writer.Write([(byte)command.Length]);
                writer.Write(command);
            }
        }
    }
}
