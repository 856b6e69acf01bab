namespace Ikada.Cli.Doctor.Rules;

/// <summary>A member that gets one snapshot after the other: the leader's log forgets faster than the member
/// takes a snapshot in.</summary>
internal static class SnapshotRule
{
    private const string Count = "ikada_snapshot_duration_seconds_count";
    private const string Installed = "action=\"install\"";
    private const double LoopMin = 3;

    public static IEnumerable<Verdict> Judge(Facts facts)
    {
        var commit = facts.Answering.Select(server => server.Commit).DefaultIfEmpty().Max();
        foreach (var server in facts.Answering)
        {
            var installed = server.After.Sum(Count, Installed) ?? 0;
            var now = installed - (server.Before.Sum(Count, Installed) ?? 0);
            var transfers = server.After.Sum("ikada_snapshot_transfers") ?? 0;
            if (installed >= LoopMin && (now > 0 || transfers > 0) && server.Applied < commit)
            {
                yield return Verdict.Wrong(
                    "snapshots", facts.NameOf(server.Member),
                    $"it has taken in {installed:0} snapshots since its start and another is under way: "
                        + "before it has caught up, the log behind the snapshot is gone",
                    "raise --snapshot-count, --experimental-snapshot-catchup-entries and "
                        + "--snapshot-catchup-bytes on the other members, or --snapshot-bytes-per-second; or "
                        + "give it a faster disk and network");
            }
        }
    }
}
