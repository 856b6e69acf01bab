using System.Buffers;
using System.Globalization;
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

    /// <summary>How often a snapshot took the place of the state.</summary>
    public int Restores { get; private set; }

    public LogIndex AppliedIndex { get; private set; }

    /// <summary>What a test says that it holds durably.</summary>
    public LogIndex DurableAppliedIndex { get; set; }

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

    public IStateSnapshot CaptureSnapshot() => new Capture(AppliedIndex, [.. Commands]);

    public void Restore(ReadOnlySequence<byte> snapshot)
    {
        var lines = Encoding.UTF8.GetString(snapshot.ToArray()).Split('\n');
        AppliedIndex = new LogIndex(ulong.Parse(lines[0], CultureInfo.InvariantCulture));
        Commands.Clear();
        Commands.AddRange(lines[1..^1]);
        Restores++;
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
