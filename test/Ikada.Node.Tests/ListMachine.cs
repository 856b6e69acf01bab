using System.Buffers;
using System.Globalization;
using System.Text;
using Ikada.Primitives;
using Ikada.StateMachine;

namespace Ikada.Node.Tests;

/// <summary>A state machine that keeps the commands in a list and answers with their number. "boom" makes it
/// throw, "wait" wait until it is to give up.</summary>
internal sealed class ListMachine : IStateMachine
{
    private readonly Lock _gate = new();
    private readonly List<string> _commands = [];
    private readonly TaskCompletionSource _waits = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _givenUp = new();
    private LogIndex _applied;

    /// <summary>Ends when it waits.</summary>
    public Task Waits => _waits.Task;

    public LogIndex AppliedIndex
    {
        get
        {
            lock (_gate)
            {
                return _applied;
            }
        }
    }

    public LogIndex DurableAppliedIndex => LogIndex.Zero;

    public ulong StateHash => 0;

    public IReadOnlyList<string> Commands
    {
        get
        {
            lock (_gate)
            {
                return [.. _commands];
            }
        }
    }

    public void GiveUp() => _givenUp.TrySetResult();

    public void Apply(ReadOnlySpan<CommittedCommand> commands, LogIndex upTo, IApplyResults results)
    {
        if (commands.Length > 0 && commands[^1].Body.Span.SequenceEqual("wait"u8))
        {
            _waits.TrySetResult();
            _givenUp.Task.GetAwaiter().GetResult();
            throw new InvalidOperationException("this machine has waited in vain");
        }

        lock (_gate)
        {
            for (var i = 0; i < commands.Length; i++)
            {
                var text = Encoding.UTF8.GetString(commands[i].Body.Span);
                if (text == "boom")
                {
                    throw new InvalidOperationException("this machine cannot digest boom");
                }

                _commands.Add(text);
                if (commands[i].WantsResult)
                {
                    results.Set(
                        i, Encoding.UTF8.GetBytes(_commands.Count.ToString(CultureInfo.InvariantCulture)));
                }
            }

            _applied = upTo;
        }
    }

    public void Query(ReadOnlySpan<byte> query, IBufferWriter<byte> answer) =>
        throw new NotSupportedException();

    public IStateSnapshot CaptureSnapshot()
    {
        lock (_gate)
        {
            return new Capture(_applied, [.. _commands]);
        }
    }

    public void Restore(ReadOnlySequence<byte> snapshot)
    {
        var lines = Encoding.UTF8.GetString(snapshot.ToArray()).Split('\n');
        lock (_gate)
        {
            _applied = new LogIndex(ulong.Parse(lines[0], CultureInfo.InvariantCulture));
            _commands.Clear();
            _commands.AddRange(lines[1..^1]);
        }
    }

    // A first line with the index, then one for each command.
    private sealed class Capture(LogIndex applied, string[] commands) : IStateSnapshot
    {
        public LogIndex AppliedIndex => applied;

        public void WriteTo(IBufferWriter<byte> writer)
        {
            writer.Write(Encoding.UTF8.GetBytes($"{applied.Value}\n"));
            foreach (var command in commands)
            {
                writer.Write(Encoding.UTF8.GetBytes(command + "\n"));
            }
        }
    }
}
