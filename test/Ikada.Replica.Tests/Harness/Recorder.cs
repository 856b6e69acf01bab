using System.Buffers;
using System.Text;
using Ikada.StateMachine;

namespace Ikada.Replica.Tests.Harness;

/// <summary>
/// A state machine that is the list of its commands; the result of each is "done " and the command.
/// </summary>
internal sealed class Recorder : IStateMachine
{
    public List<string> Commands { get; } = [];

    /// <summary>The most commands that came in one call.</summary>
    public int LargestRequest { get; private set; }

    public LogIndex AppliedIndex { get; private set; }

    public LogIndex DurableAppliedIndex => LogIndex.Zero;

    public ulong StateHash => 0;

    public void Apply(ReadOnlySpan<CommittedCommand> commands, LogIndex upTo, IApplyResults results)
    {
        for (var i = 0; i < commands.Length; i++)
        {
            var text = Encoding.UTF8.GetString(commands[i].Body.Span);
            Commands.Add(text);
            if (commands[i].WantsResult)
            {
                results.Set(i, Encoding.UTF8.GetBytes("done " + text));
            }
        }

        LargestRequest = Math.Max(LargestRequest, commands.Length);
        AppliedIndex = upTo;
    }

    public void Query(ReadOnlySpan<byte> query, IBufferWriter<byte> answer) =>
        throw new NotSupportedException();

    public IStateSnapshot CaptureSnapshot() => throw new NotSupportedException();

    public void Restore(ReadOnlySequence<byte> snapshot) => throw new NotSupportedException();
}

/// <summary>A write that keeps its outcomes: more than one is a fault.</summary>
internal sealed class Write(string command) : Proposal(Encoding.UTF8.GetBytes(command))
{
    public List<WriteOutcome> Outcomes { get; } = [];

    public OutcomeKind? Kind => Outcomes.Count == 0 ? null : Assert.Single(Outcomes).Kind;

    public Refusal Refusal => Assert.Single(Outcomes).Refusal;

    public string Result => Encoding.UTF8.GetString(Assert.Single(Outcomes).Result.Span);

    public override void Complete(in WriteOutcome outcome) => Outcomes.Add(outcome);
}

/// <summary>A read that keeps its outcomes.</summary>
internal sealed class Read(bool withoutLease = false) : ReadRequest
{
    public override bool WithoutLease => withoutLease;

    public List<ReadOutcome> Outcomes { get; } = [];

    public override void Complete(in ReadOutcome outcome) => Outcomes.Add(outcome);
}
