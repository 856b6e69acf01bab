using Ikada.Consensus;
using Ikada.Replica;
using Ikada.Simulation.Clients;
using Ikada.Simulation.Faults;
using Ikada.Simulation.Time;

namespace Ikada.Simulation.Trace;

/// <summary>Turns an event into one aligned line: time, nodes, what, details.</summary>
internal static class TraceFormat
{
    /// <summary>The line of an event.</summary>
    public static string Line(in TraceEntry entry)
    {
        var who = entry.Node < 0 ? string.Empty
            : entry.Peer < 0 ? $"n{entry.Node + 1}"
            : $"n{entry.Peer + 1}→n{entry.Node + 1}";
        return ($"{Seconds(entry.Time),12} s  {who,-7} {Words(entry.Kind),-15} "
            + $"{Details(entry)}").TrimEnd();
    }

    /// <summary>A time in seconds.</summary>
    public static string Seconds(long time) =>
        $"{time / Draw.Second}.{time % Draw.Second / 10:D6}";

    /// <summary>The kind of an event in words.</summary>
    public static string Words(TraceKind kind) => kind switch
    {
        TraceKind.FrameArrived => "receives",
        TraceKind.FrameLost => "frame lost",
        TraceKind.FrameDuplicated => "frame twice",
        TraceKind.FrameReplayed => "old frame again",
        TraceKind.FrameCorrupted => "frame corrupted",
        TraceKind.FrameRejected => "frame rejected",
        TraceKind.LinkOpened => "told: open",
        TraceKind.LinkClosed => "told: closed",
        TraceKind.RoleChanged => "is now",
        TraceKind.Committed => "commits",
        TraceKind.Observed => "observes",
        TraceKind.SnapshotObserved => "snapshot",
        TraceKind.StateCompared => "state",
        TraceKind.DiskWritten => "disk works",
        TraceKind.DiskSynced => "disk synced",
        TraceKind.Applied => "applies",
        TraceKind.ClientInvoked => "client asks",
        TraceKind.ClientEnded => "client is told",
        TraceKind.NodeStarted => "starts",
        TraceKind.NodeCrashed => "CRASHES",
        TraceKind.NodePaused => "PAUSES",
        TraceKind.NodeResumed => "resumes",
        TraceKind.LinksCut => "LINKS CUT",
        TraceKind.LinksHealed => "links whole",
        TraceKind.WeatherChanged => "link weather",
        TraceKind.Slowed => "slowed",
        TraceKind.ClockChanged => "clock rate",
        TraceKind.Healed => "ALL HEALS",
        TraceKind.Converged => "converged",
        TraceKind.ChangeAsked => "change asked",
        TraceKind.ChangeEnded => "change ended",
        TraceKind.TransferAsked => "transfer asked",
        TraceKind.TransferEnded => "transfer ended",
        TraceKind.DiskWiped => "DISK WIPED",
        TraceKind.LogDamaged => "LOG DAMAGED",
        TraceKind.SnapshotDamaged => "SNAPSHOT DAMAGED",
        TraceKind.SpaceChanged => "DISK SPACE",
        TraceKind.DiskFailed => "STOPS: DISK",
        TraceKind.LinksTroubled => "LINKS",
        TraceKind.ClockJumped => "CLOCK",
        TraceKind.FaultStruck => "FAULT",
        _ => kind.ToString(),
    };

    /// <summary>What an event is about, without time, nodes and kind.</summary>
    public static string Details(in TraceEntry entry) => entry.Kind switch
    {
        TraceKind.FrameArrived => MessageText.Of(entry),
        TraceKind.FrameLost or TraceKind.FrameDuplicated or TraceKind.FrameReplayed
            or TraceKind.FrameCorrupted or TraceKind.FrameRejected =>
            $"{(MessageType)entry.A,-14} term {entry.B}",
        TraceKind.RoleChanged => RoleText(entry),
        TraceKind.Observed => $"{(Fact)entry.A}" + (entry.B > 0 ? $" of n{entry.B}" : string.Empty),
        TraceKind.SnapshotObserved => $"{(SnapshotFactKind)entry.A} at {entry.B}, {entry.C} bytes",
        TraceKind.StateCompared => $"{(StateFactKind)entry.A}, agreed at {entry.B}, differs at {entry.C}",
        TraceKind.Committed => $"up to {entry.A}, in term {entry.B}",
        TraceKind.Applied => $"up to {entry.A}, state {entry.B:x16}",
        TraceKind.DiskSynced => SyncText(entry),
        TraceKind.ClientInvoked => $"c{entry.A} op {entry.B} {OpText((ClientOpKind)entry.C, entry.D)}",
        TraceKind.ClientEnded => AnswerText(entry),
        TraceKind.NodeStarted =>
            $"start {entry.A}: log up to {entry.B}, term {entry.C}, vote for {NodeText(entry.D)}",
        TraceKind.NodeCrashed => CrashText(entry),
        TraceKind.LinksCut => CutText(entry),
        _ => FurtherDetails(entry),
    };

    private static string FurtherDetails(in TraceEntry entry) => entry.Kind switch
    {
        TraceKind.FaultStruck => new Strike((FaultKind)entry.A, (int)entry.B).ToString(),
        TraceKind.Slowed => $"{(FaultKind)entry.A} by {entry.B} ms",
        TraceKind.ClockChanged => $"{Math.Abs(entry.A - 1_000_000) / 10_000.0:F1} % "
            + (entry.A < 1_000_000 ? "slow" : "fast"),
        TraceKind.ChangeAsked => $"wish {entry.A}, {(ChangeMode)entry.B}: {(MemberChangeKind)entry.C} "
            + $"{NodeText(entry.D)} …",
        TraceKind.ChangeEnded => $"wish {entry.A}: {(OutcomeKind)entry.B}"
            + (entry.C == 0 ? string.Empty : $", {(Refusal)entry.C}")
            + (entry.D == 0 ? string.Empty : $" at {entry.D}"),
        TraceKind.LogDamaged => $"entries {entry.A} to {entry.B}, bytes from {entry.C} on",
        TraceKind.SnapshotDamaged => $"at {entry.A}, byte {entry.B}",
        TraceKind.SpaceChanged => entry.A < 0 ? "enough" : $"{entry.A} bytes left",
        TraceKind.LinksTroubled => $"{FaultSet.NameOf((FaultKind)entry.A)} {entry.B} on {entry.C} links",
        TraceKind.ClockJumped => entry.A < 0 ? "stands still" : entry.A == 0 ? "goes on"
            : $"jumps by {entry.A / Draw.Millisecond} ms",
        TraceKind.TransferAsked => $"wish {entry.A}: to {NodeText(entry.B)}",
        TraceKind.TransferEnded => $"wish {entry.A}: to {NodeText(entry.B)}: {(TransferOutcome)entry.C}",
        TraceKind.Converged => $"applied {entry.A}, state {entry.B:x16}",
        _ => string.Empty,
    };

    private static string RoleText(in TraceEntry entry) =>
        $"{((Role)entry.A).ToString().ToLowerInvariant()} in term {entry.B}"
        + (entry.C > 0 && (Role)entry.A != Role.Leader ? $" under n{entry.C}" : string.Empty);

    // D is where the log ended on the disk before.
    private static string SyncText(in TraceEntry entry)
    {
        var log = entry.A > entry.D ? $"entries {entry.D + 1} to {entry.A}; "
            : entry.A < entry.D ? $"log cut back to {entry.A}; " : string.Empty;
        return $"{log}term {entry.B}, vote for {NodeText(entry.C)}";
    }

    private static string AnswerText(in TraceEntry entry)
    {
        var (outcome, kind) = ((OutcomeKind)(entry.C & 0xFF), (ClientOpKind)((entry.C >> 8) & 0xFF));
        var shown = kind >= ClientOpKind.Command ? "index" : "revision";
        return $"c{entry.A} op {entry.B} {OpText(kind, entry.C >> 16)}: "
            + outcome.ToString().ToLowerInvariant()
            + (outcome == OutcomeKind.Applied ? $", {shown} {entry.D}" : string.Empty);
    }

    private static string OpText(ClientOpKind kind, long detail) => kind switch
    {
        ClientOpKind.Open => "open a session",
        ClientOpKind.Copy => $"command {detail}",
        ClientOpKind.Command or ClientOpKind.Query =>
            $"{kind.ToString().ToLowerInvariant()} of {detail} bytes",
        _ => $"{kind.ToString().ToLowerInvariant()} key {detail}",
    };

    private static string CrashText(in TraceEntry entry) =>
        (entry.C switch
        {
            0 => "process killed",
            1 => "power lost",
            _ => "during its start",
        })
        + (entry.A > 0 ? $"; {entry.A} disk operations under way, {entry.B} of them done" : string.Empty);

    // B is which nodes are on one side.
    private static string CutText(in TraceEntry entry)
    {
        var shape = (PartitionShape)entry.A;
        if (shape is not (PartitionShape.Halves or PartitionShape.Bridge))
        {
            return shape.ToString().ToLowerInvariant();
        }

        var side = new List<string>();
        for (var node = 0; node < 64; node++)
        {
            if ((entry.B & (1L << node)) != 0)
            {
                side.Add($"n{node + 1}");
            }
        }

        var names = side.Count == 0 ? "nobody" : string.Join(' ', side);
        return $"{shape.ToString().ToLowerInvariant()}: {names} "
            + (shape == PartitionShape.Bridge ? $"from the others, n{entry.Node + 1} sees both"
                : "from the others");
    }

    private static string NodeText(long node) => node == 0 ? "nobody" : $"n{node}";
}
