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
    private readonly MachineFiles? _files;

    /// <param name="files">What the machine keeps itself in; null: it is in memory.</param>
    public Recorder(MachineFiles? files)
    {
        _files = files;
        if (files is not null)
        {
            Commands.AddRange(files.Commands);
            AppliedIndex = files.Applied;
            Hash();
        }
    }

    public List<string> Commands { get; } = [];

    /// <summary>The most commands that came in one call.</summary>
    public int LargestRequest { get; private set; }

    /// <summary>How often a snapshot took the place of the state.</summary>
    public int Restores { get; private set; }

    public LogIndex AppliedIndex { get; private set; }

    public LogIndex DurableAppliedIndex => _files?.Applied ?? LogIndex.Zero;

    public bool IsDurable => _files is not null;

    /// <summary>The first index that it was given after it was made.</summary>
    public LogIndex? FirstGiven { get; private set; }

    /// <summary>How many captured views are not disposed.</summary>
    public int HeldViews { get; private set; }

    /// <summary>Covers the commands in the state; 0 where <see cref="HasNoHash"/>.</summary>
    public ulong StateHash { get; private set; } = 1;

    /// <summary>The machine says nothing of its state.</summary>
    public bool HasNoHash { get; init; }

    /// <summary>What becomes of the next command instead of what should.</summary>
    public string? WrongNext { get; set; }

    /// <summary>Why its stored bytes cannot be read; null: they can.</summary>
    public string? ReadTrouble { get; set; }

    /// <summary>A stored command changes where it lies: nothing but the bytes says so.</summary>
    public void Rot(int at) => Commands[at] = "rotten";

    public void Apply(ReadOnlySpan<CommittedCommand> commands, LogIndex upTo, IApplyResults results)
    {
        for (var i = 0; i < commands.Length; i++)
        {
            FirstGiven ??= commands[i].Index;
            var text = Encoding.UTF8.GetString(commands[i].Body.Span);
            Commands.Add(WrongNext ?? text);
            WrongNext = null;
            Hash(Commands[^1]);
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

    /// <summary>Makes durable what is applied.</summary>
    public void Flush() => (_files!.Applied, _files.Commands) = (AppliedIndex, [.. Commands]);

    public IStateSnapshot CaptureSnapshot()
    {
        HeldViews++;
        return new Capture(AppliedIndex, [.. Commands], () => HeldViews--) { Trouble = ReadTrouble };
    }

    public void Restore(ReadOnlySequence<byte> snapshot)
    {
        var lines = Encoding.UTF8.GetString(snapshot.ToArray()).Split('\n');
        AppliedIndex = new LogIndex(ulong.Parse(lines[0], CultureInfo.InvariantCulture));
        Commands.Clear();
        Commands.AddRange(lines[1..^1]);
        Hash();
        Restores++;
        if (IsDurable)
        {
            Flush();
        }
    }

    private void Hash()
    {
        StateHash = 1;
        foreach (var command in Commands)
        {
            Hash(command);
        }
    }

    private void Hash(string command) => StateHash = HasNoHash
        ? 0 : (StateHash * 31) + Crc32C.Compute(Encoding.UTF8.GetBytes(command)) + 1;

    // A first line with the index, then one for each command.
    private sealed class Capture(LogIndex applied, string[] commands, Action released)
        : IStateSnapshot, IDisposable
    {
        private bool _isDisposed;

        public string? Trouble { get; init; }

        public void Dispose()
        {
            if (!_isDisposed)
            {
                _isDisposed = true;
                released();
            }
        }

        public LogIndex AppliedIndex => applied;

        public void ScrubTo(IBufferWriter<byte> writer)
        {
            if (Trouble is not null)
            {
                throw new InvalidDataException(Trouble);
            }

            WriteTo(writer);
        }

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

/// <summary>What a durable machine has made durable.</summary>
internal sealed class MachineFiles
{
    public LogIndex Applied { get; set; }

    public string[] Commands { get; set; } = [];
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
