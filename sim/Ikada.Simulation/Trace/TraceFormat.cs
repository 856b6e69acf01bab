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
        return ($"{Seconds(entry.Time),12} s  {who,-7} {Words(entry.Kind),-16} "
            + $"{Details(entry)}").TrimEnd();
    }

    private static string Seconds(long time) =>
        $"{time / Draw.Second}.{time % Draw.Second / 10:D6}";

    private static string Words(TraceKind kind) => kind switch
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
        TraceKind.DiskWritten => "disk done",
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
        _ => kind.ToString(),
    };

    private static string Details(in TraceEntry entry) => entry.Kind switch
    {
        TraceKind.FrameArrived => MessageText(entry),
        TraceKind.FrameLost or TraceKind.FrameDuplicated or TraceKind.FrameReplayed
            or TraceKind.FrameCorrupted or TraceKind.FrameRejected => ($"{(MessageType)entry.A} term "
                + $"{entry.B}"),
        TraceKind.RoleChanged => $"{(Role)entry.A} term {entry.B}"
            + (entry.C > 0 ? $" leader n{entry.C}" : string.Empty),
        TraceKind.Observed => $"{(Fact)entry.A}" + (entry.B > 0 ? $" of n{entry.B}" : string.Empty),
        TraceKind.SnapshotObserved => $"{(SnapshotFactKind)entry.A} at {entry.B}, {entry.C} bytes",
        TraceKind.Committed => $"up to {entry.A} term {entry.B}",
        TraceKind.Applied => $"up to {entry.A} hash {entry.B:x16}",
        TraceKind.DiskSynced => $"log durable to {entry.A}, term {entry.B} vote {entry.C}",
        TraceKind.ClientInvoked => $"c{entry.A} op {entry.B} {(ClientOpKind)entry.C} "
            + ((ClientOpKind)entry.C >= ClientOpKind.Command ? $"of {entry.D} bytes" : $"key {entry.D}"),
        TraceKind.ClientEnded => $"c{entry.A} op {entry.B} {(OutcomeKind)entry.C} revision {entry.D}",
        TraceKind.NodeStarted => $"start {entry.A} last {entry.B} term {entry.C} vote {entry.D}",
        TraceKind.NodeCrashed => $"operations in flight {entry.A}, carried out of them {entry.B}",
        TraceKind.LinksCut => $"{(PartitionShape)entry.A} mask {entry.B:x}",
        TraceKind.Slowed => $"{(FaultKind)entry.A} by {entry.B} ms",
        TraceKind.ClockChanged => $"{entry.A} ppm",
        TraceKind.ChangeAsked => $"{entry.A} {(ChangeMode)entry.B} {(MemberChangeKind)entry.C} n{entry.D} …",
        TraceKind.ChangeEnded => $"{entry.A} {(OutcomeKind)entry.B} {(Refusal)entry.C} at {entry.D}",
        TraceKind.LogDamaged => $"entries {entry.A} to {entry.B}, bytes from {entry.C} on",
        TraceKind.SnapshotDamaged => $"at {entry.A}, byte {entry.B}",
        TraceKind.SpaceChanged => entry.A < 0 ? "enough" : $"{entry.A} bytes left",
        TraceKind.LinksTroubled => $"{FaultSet.NameOf((FaultKind)entry.A)} {entry.B} on {entry.C} links",
        TraceKind.ClockJumped => entry.A < 0 ? "stands still" : entry.A == 0 ? "goes on"
            : $"jumps by {entry.A / Draw.Millisecond} ms",
        TraceKind.TransferAsked => $"{entry.A} to n{entry.B}",
        TraceKind.TransferEnded => $"{entry.A} to n{entry.B}: {(TransferOutcome)entry.C}",
        TraceKind.Converged => $"applied {entry.A} hash {entry.B:x16}",
        _ => string.Empty,
    };

    private static string MessageText(in TraceEntry entry)
    {
        var type = (MessageType)entry.A;
        var refused = (entry.D & 1) != 0 ? " REFUSED" : string.Empty;
        return $"{type,-14} term {entry.B} at {entry.C} end {entry.D >> 1}{refused}";
    }
}
