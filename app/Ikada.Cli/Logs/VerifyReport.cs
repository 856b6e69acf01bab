using Ikada.Log;

namespace Ikada.Cli.Logs;

/// <summary>What <c>log verify</c> says, line by line: the word in front tells what a line is
/// about.</summary>
internal sealed class VerifyReport
{
    private readonly List<string> _lines = [];
    private int _damaged;
    private int _lost;

    public IReadOnlyList<string> Lines => _lines;

    public bool IsDamaged => _damaged > 0;

    public static VerifyReport Refused(string why)
    {
        var report = new VerifyReport();
        report.Damaged(why);
        report.Say("verdict", "a start is refused");
        return report;
    }

    public static VerifyReport Of(StoppedLog stopped)
    {
        var report = new VerifyReport();
        var identity = stopped.Identity;
        report.Say(
            "directory",
            $"member {identity.Node} of cluster {identity.Cluster}, incarnation {identity.Incarnation}, "
                + $"start {identity.StartCount}");
        if (stopped.Log is { } log)
        {
            report.Log(log.Recovered);
            foreach (var group in log.Groups)
            {
                report.Group(group, stopped.Snapshots[group.Group]);
            }
        }

        if (stopped.Refusal is { } refusal)
        {
            report.Damaged(refusal);
        }

        report.Say("verdict", report.Verdict(stopped));
        return report;
    }

    private void Log(RecoveryReport found)
    {
        Say("log", $"{found.Segments} segments, {found.Batches} batches, {found.Entries} entries, "
            + $"{found.Bytes} bytes");
        if (found.TornFile.Length > 0)
        {
            var end = found.TornOffsetBytes + found.TornBytes;
            Say("torn", $"{found.TornFile} {found.TornOffsetBytes} to {end}: a write that was cut off and "
                + "never acknowledged; a start cuts it"
                + (found.IsHardStateRescued ? ", and keeps the vote in it" : ""));
        }

        foreach (var place in found.Damage)
        {
            Damaged(place);
        }
    }

    private void Group(GroupLog group, GroupSnapshots snapshots)
    {
        var state = group.RecoveredHardState;
        var vote = state.Vote.IsNone ? "none" : state.Vote.ToString();
        Say($"group {group.Group}", $"base {group.Base}, last {group.Last} (term/index), {snapshots.Entries} "
            + $"entries, term {state.Term}, vote {vote}, commit {state.Commit}");
        foreach (var range in group.Damage)
        {
            _lost++;
            var term = range.Term.Value == 0 ? "term lost" : $"term {range.Term}";
            Say("lost", $"group {group.Group}: entries {range.First} to {range.Last} ({term}) cannot be "
                + "read; the other members give them back");
        }

        Lost(group.IsUnsure, $"group {group.Group}: entries that were acknowledged may be missing behind "
            + $"{group.Last}; it neither votes nor campaigns until the others have told where they end");
        Lost(group.IsHardStateLost, $"group {group.Group}: a vote or the base may be lost; a member of a "
            + "larger cluster starts over as a wiped one, a cluster of one does not start");
        foreach (var place in snapshots.Damage)
        {
            Damaged(place);
        }

        if (snapshots.Newest is { } newest)
        {
            var behind = snapshots.Older is { } older ? $"; behind it {older.Position}" : "";
            Say("snapshot", $"group {group.Group}: the newest good one holds up to {newest.Position}, "
                + $"{newest.FileBytes} bytes{behind}");
        }

        Lost(snapshots.IsStateMissing, $"group {group.Group}: no good snapshot reaches the log, which begins "
            + $"behind {group.Base}; the other members send theirs");
        if (snapshots.Refusal is { } refusal)
        {
            Damaged(refusal);
        }
    }

    private string Verdict(StoppedLog stopped) =>
        stopped.Refusal is not null ? "damaged: a start is refused"
        : !IsDamaged ? "whole: nothing is damaged"
        : _lost > 0
            ? "damaged: a start goes on without what is lost, and has it repaired from the other members. "
                + $"Where they cannot: {FoundDamage.Remedy}"
            : "damaged, but nothing is lost: what stood there is held elsewhere, or is needed no more";

    private void Damaged(FoundDamage place) =>
        Damaged($"{place.File} {place.OffsetBytes} to {place.EndBytes}: {place.What}");

    private void Damaged(string what)
    {
        _damaged++;
        Say("damaged", what);
    }

    private void Lost(bool isLost, string what)
    {
        if (isLost)
        {
            _lost++;
            _damaged++;
            Say("lost", what);
        }
    }

    private void Say(string word, string what) => _lines.Add($"{word,-10}{what}");
}
