using System.Buffers;
using System.Buffers.Binary;
using Ikada.Primitives;
using Ikada.Sessions;
using Ikada.Simulation.Checkers;
using Ikada.Simulation.Coverage;
using Ikada.Simulation.Faults;
using Ikada.Simulation.Kit;
using Ikada.Simulation.Workloads.Sessions;
using Ikada.StateMachine;

namespace Ikada.Simulation.Tests.Kit;

/// <summary>Clients of a user's cluster with sessions: what breaks the promise of exactly once is
/// found.</summary>
public sealed class SessionKitTests
{
    private static readonly SimulatedCluster<Tally> Cluster = SimulatedCluster.Of(() => new Tally())
        .WithNodes(3)
        .WithSeconds(8)
        .WithFaults("crash,partition,lag,retry,twice,clientcrash")
        .WithClients(5, random => BitConverter.GetBytes((long)random.NextBelow(100)))
        .WithQueries(_ => [1], percent: 20)
        .WithText(request => request.Length == 1
            ? "sum" : $"add {BinaryPrimitives.ReadInt64LittleEndian(request)}");

    [Fact]
    public void Commands_that_are_sent_again_are_applied_once_in_a_users_machine()
    {
        var report = Cluster.WithSessions().WithModel(() => new TallyModel()).Run(seeds: 4);
        report.ThrowIfViolated();
        foreach (var mark in new[] { Mark.CopyAnswered, Mark.SessionExpired })
        {
            Assert.True(report.Counts.MarksOf(mark) > 0, $"{mark} never happened: {report}");
        }

        Assert.True(report.Counts.FaultsOf(FaultKind.Twice) > 0, $"{report}");
        Assert.Contains("copies got the first answer", report.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Sessions_with_the_bounds_that_were_asked_for_do_not_expire()
    {
        var report = Cluster.WithSessions(new SessionOptions()).Run(seeds: 2);
        report.ThrowIfViolated();
        Assert.Equal(0, report.Counts.MarksOf(Mark.SessionExpired));
        Assert.True(report.Counts.MarksOf(Mark.CopyAnswered) > 0, $"{report}");
    }

    [Fact]
    public void Bounds_out_of_range_are_named() => Assert.Contains(
        "SessionsMax is 0; it must be from 1 to 1000000",
        Assert.Throws<ArgumentException>(
            () => Cluster.WithSessions(new SessionOptions { SessionsMax = 0 })).Message,
        StringComparison.Ordinal);

    [Fact]
    public void A_copy_that_is_applied_again_is_found()
    {
        var violation = Found(static machine => new AppliesCopies(machine), SessionModel.Property);
        Assert.Contains("that is a copy without effect", violation.Description, StringComparison.Ordinal);
        Assert.Contains("add ", violation.Description, StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_that_a_snapshot_does_not_hold_is_found() =>
        Found(static machine => new ForgetsTable(machine), PointInTime.Property);

    [Fact]
    public void A_copy_with_another_answer_than_the_first_is_found() =>
        Found(static machine => new AnswersAnew(machine), SessionWorkload.ResultProperty);

    [Fact]
    public void An_expired_session_that_is_not_told_to_be_is_found() =>
        Found(static machine => new HidesExpiry(machine), SessionWorkload.ResultProperty);

    [Fact]
    public void A_command_that_is_left_out_is_found()
    {
        var violation = Found(static machine => new LeavesOut(machine), SessionModel.Property);
        Assert.Contains("in the history", violation.Description, StringComparison.Ordinal);
    }

    private static ClusterViolation Found(
        Func<IStateMachine, IStateMachine> around, params ReadOnlySpan<string> properties)
    {
        var cluster = new SimulatedCluster<Tally>(
            Cluster.Plan with { Sessions = new SessionPlan(null, around) });
        var report = cluster.WithCancellation(TestContext.Current.CancellationToken).Run(seeds: 12);
        var violation = Assert.Throws<ClusterViolationException>(report.ThrowIfViolated).Violation;
        Assert.True(properties.Contains(violation.Property), violation.ToString());
        return violation;
    }
}

/// <summary>Stands before a machine with sessions and hands everything on: mistakes are planted by
/// overriding.</summary>
internal abstract class BeforeSessions(IStateMachine inner) : IStateMachine
{
    public LogIndex AppliedIndex => inner.AppliedIndex;

    public LogIndex DurableAppliedIndex => inner.DurableAppliedIndex;

    public ulong StateHash => inner.StateHash;

    public void Apply(ReadOnlySpan<CommittedCommand> commands, LogIndex upTo, IApplyResults results)
    {
        var changed = new List<CommittedCommand>();
        var slots = new ResultSlots(commands.Length);
        foreach (var command in commands)
        {
            changed.Add(Changed(command));
        }

        inner.Apply(changed.ToArray(), upTo, slots);
        for (var i = 0; i < commands.Length; i++)
        {
            if (slots[i] is { } result)
            {
                results.Set(i, Changed(commands[i], result));
            }
        }
    }

    public void Query(ReadOnlySpan<byte> query, IBufferWriter<byte> answer) => inner.Query(query, answer);

    public IStateSnapshot CaptureSnapshot() => inner.CaptureSnapshot();

    public virtual void Restore(ReadOnlySequence<byte> snapshot) => inner.Restore(snapshot);

    protected virtual CommittedCommand Changed(in CommittedCommand command) => command;

    protected virtual ReadOnlyMemory<byte> Changed(
        in CommittedCommand command, ReadOnlyMemory<byte> result) => result;

    protected static bool IsOfSession(in CommittedCommand command) => command.Body.Span[0] == 0xE2;
}

/// <summary>Hands each copy on as a command without a session.</summary>
internal sealed class AppliesCopies(IStateMachine inner) : BeforeSessions(inner)
{
    protected override CommittedCommand Changed(in CommittedCommand command) => IsOfSession(command)
        ? command with { Body = SessionCommand.EncodePlain(command.Body.Span[SessionCommand.HeadBytes..]) }
        : command;
}

/// <summary>Restores the machine behind the sessions, and an empty table.</summary>
internal sealed class ForgetsTable(IStateMachine inner) : BeforeSessions(inner)
{
    private readonly IStateMachine _inner = inner;

    public override void Restore(ReadOnlySequence<byte> snapshot)
    {
        // A snapshot of a machine without sessions, around what the snapshot holds of the other.
        _inner.Restore(snapshot);
        var tally = snapshot.Slice(snapshot.Length - 16);
        var empty = new ArrayBufferWriter<byte>();
        var other = new SessionMachine(new Tally());
        other.Apply([], AppliedIndex, new ResultSlots(0));
        other.CaptureSnapshot().WriteTo(empty);
        _inner.Restore(new ReadOnlySequence<byte>([.. empty.WrittenSpan[..^16], .. tally.ToArray()]));
    }
}

/// <summary>Answers a copy that is no longer applied with what was never the result.</summary>
internal sealed class AnswersAnew(IStateMachine inner) : BeforeSessions(inner)
{
    private readonly HashSet<string> _known = [];

    protected override ReadOnlyMemory<byte> Changed(
        in CommittedCommand command, ReadOnlyMemory<byte> result)
    {
        if (!IsOfSession(command) || result.Length != 9)
        {
            return result;
        }

        var again = result.ToArray();
        again[^1]++;
        // The session and the number in it.
        return _known.Add(Convert.ToHexString(command.Body.Span[1..17])) ? result : again;
    }
}

/// <summary>Tells of an expired session what is told of a command that was applied.</summary>
internal sealed class HidesExpiry(IStateMachine inner) : BeforeSessions(inner)
{
    protected override ReadOnlyMemory<byte> Changed(
        in CommittedCommand command, ReadOnlyMemory<byte> result) =>
        SessionResult.Decode(result).Kind == SessionResultKind.Expired ? new byte[9] : result;
}

/// <summary>Hands one command in ten on as bytes that are none.</summary>
internal sealed class LeavesOut(IStateMachine inner) : BeforeSessions(inner)
{
    protected override CommittedCommand Changed(in CommittedCommand command) =>
        IsOfSession(command) && command.Index.Value % 10 == 0
            ? command with { Body = "?"u8.ToArray() } : command;
}
