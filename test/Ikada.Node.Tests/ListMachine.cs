using System.Buffers;
using System.Globalization;
using System.Text;
using Ikada.Primitives;
using Ikada.StateMachine;

namespace Ikada.Node.Tests;

/// <summary>A state machine that keeps the commands in a list and answers with their number. "boom" makes it
/// throw.</summary>
internal sealed class ListMachine : IStateMachine
{
    private readonly Lock _gate = new();
    private readonly List<string> _commands = [];
    private LogIndex _applied;

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

    public void Apply(ReadOnlySpan<CommittedCommand> commands, LogIndex upTo, IApplyResults results)
    {
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

    public IStateSnapshot CaptureSnapshot() => throw new NotSupportedException();

    public void Restore(ReadOnlySequence<byte> snapshot) => throw new NotSupportedException();
}
