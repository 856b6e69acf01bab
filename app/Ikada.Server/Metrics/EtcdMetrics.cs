using System.Globalization;

namespace Ikada.Server;

/// <summary>What dashboards and alerts made for etcd look at, by etcd's names, kinds and labels;
/// docs/operate/metrics.md lists them.</summary>
internal sealed class EtcdMetrics(
    StoreCalls calls, Quota quota, LeaderChanges leaderChanges, WatchPump watches)
{
    private readonly Dictionary<string, MetricSeries> _roundTripsByPeer = [];

    /// <summary>From what the meters have just told, and from the member itself.</summary>
    public IEnumerable<MetricFamily> Families(IReadOnlyDictionary<string, MetricFamily> metered) =>
        [.. OfServer(), .. OfData(), .. OfWatches(), .. OfMeters(metered), RoundTrips(metered)];

    private IEnumerable<MetricFamily> OfServer()
    {
        var status = calls.Store.Status;
        yield return Gauge(
            "etcd_server_has_leader", "Whether a leader is known", status.Leader.IsNone ? 0 : 1);
        yield return Gauge(
            "etcd_server_is_leader", "Whether this member leads", status.Leader == status.Self ? 1 : 0);
        yield return Gauge(
            "etcd_server_is_learner", "Whether this member is a learner",
            calls.Store.Membership.Learners.Contains(status.Self) ? 1 : 0);
        yield return Counter(
            "etcd_server_leader_changes_seen_total", "Leaders that this member has seen",
            leaderChanges.Count);
        yield return Gauge(
            "etcd_server_proposals_committed_total", "The commit index", status.Commit.Value);
        yield return Gauge(
            "etcd_server_proposals_applied_total", "The applied index", calls.Store.State.Applied.Value);
        yield return Gauge(
            "etcd_server_proposals_pending", "Writes of clients under way at this member", calls.Pending);
        yield return Gauge("etcd_server_id", "The id of this member", 1, MetricText.Label(
            "server_id", status.Self.Value.ToString("x", CultureInfo.InvariantCulture)));
        yield return Gauge(
            "etcd_server_version", "The version of etcd whose answers are given", 1,
            MetricText.Label("server_version", ServerVersion.Etcd));
        yield return Gauge(
            "ikada_server_version", "The version of this program", 1,
            MetricText.Label("version", ServerVersion.Program));
        yield return Gauge(
            "etcd_cluster_version", "The version of etcd that all members answer like", 1,
            MetricText.Label("cluster_version", ServerVersion.Cluster[..3]));
    }

    private IEnumerable<MetricFamily> OfData()
    {
        using var view = calls.Store.Hold();
        yield return Gauge(
            "etcd_server_quota_backend_bytes", "The bound on the size of the data",
            quota.Bytes == long.MaxValue ? 0 : quota.Bytes);
        yield return Gauge("etcd_mvcc_db_total_size_in_bytes", "Bytes of the data", view.SizeBytes);
        yield return Gauge(
            "etcd_mvcc_db_total_size_in_use_in_bytes",
            "The same: there is nothing that a defragmentation would free", view.SizeBytes);
        yield return Gauge("etcd_debugging_mvcc_current_revision", "The store's revision", view.Revision);
        yield return Gauge(
            "etcd_debugging_mvcc_compact_revision", "The revision it was compacted at last",
            view.IsNeverCompacted ? -1 : view.CompactedRevision);
    }

    private IEnumerable<MetricFamily> OfWatches()
    {
        var counts = watches.Counts;
        yield return Gauge("etcd_debugging_mvcc_watch_stream_total", "Streams of watchers", counts.Streams);
        yield return Gauge("etcd_debugging_mvcc_watcher_total", "Watchers", counts.Watchers);
        yield return Gauge(
            "etcd_debugging_mvcc_slow_watcher_total", "Watchers that are behind", counts.Behind);
        yield return Gauge(
            "ikada_watch_pending_bytes", "Bytes of events that wait for clients", counts.PendingBytes);
    }

    private static IEnumerable<MetricFamily> OfMeters(IReadOnlyDictionary<string, MetricFamily> metered)
    {
        if (metered.TryGetValue("ikada_log_sync_duration_seconds", out var syncs))
        {
            yield return Same("etcd_disk_wal_fsync_duration_seconds", syncs, labels => labels);
        }

        if (metered.TryGetValue("ikada_peer_sent_bytes_total", out var sent))
        {
            yield return Same("etcd_network_peer_sent_bytes_total", sent, labels => PeerAs("To", labels));
        }

        if (metered.TryGetValue("ikada_peer_received_bytes_total", out var received))
        {
            yield return Same(
                "etcd_network_peer_received_bytes_total", received, labels => PeerAs("From", labels));
        }

        var failed = metered.TryGetValue("ikada_proposals_total", out var proposals)
            ? proposals.Points.Where(one => !one.Key.Contains("\"applied\"", StringComparison.Ordinal))
                .Sum(one => one.Value.Value)
            : 0;
        yield return Counter(
            "etcd_server_proposals_failed_total", "Writes refused, and those of unknown outcome", failed);
    }

    private MetricFamily RoundTrips(IReadOnlyDictionary<string, MetricFamily> metered)
    {
        lock (_roundTripsByPeer)
        {
            if (metered.TryGetValue("ikada_peer_round_trip_seconds", out var times))
            {
                foreach (var (labels, point) in times.Points)
                {
                    var peer = PeerAs("To", labels);
                    if (!_roundTripsByPeer.TryGetValue(peer, out var series))
                    {
                        _roundTripsByPeer[peer] = series = new MetricSeries(MetricBounds.RoundTrip);
                    }

                    series.Observe(point.Value);
                }
            }

            var family = new MetricFamily(
                "etcd_network_peer_round_trip_time_seconds", MetricKind.Histogram,
                "Time to a peer and back, one value for each reading of this page", MetricBounds.RoundTrip);
            foreach (var (peer, series) in _roundTripsByPeer)
            {
                family.Add(peer, series.Read());
            }

            return family;
        }
    }

    // Our label is peer="16 digits"; etcd's has no zeros in front.
    private static string PeerAs(string name, string labels)
    {
        var id = labels.Split('"') is [_, var peer, ..] ? peer.TrimStart('0') : labels;
        return MetricText.Label(name, id);
    }

    private static MetricFamily Same(string name, MetricFamily family, Func<string, string> labels)
    {
        var same = new MetricFamily(name, family.Kind, family.Help, family.Bounds);
        foreach (var (key, point) in family.Points)
        {
            same.Add(labels(key), point);
        }

        return same;
    }

    private static MetricFamily Gauge(string name, string help, double value, string labels = "") =>
        new MetricFamily(name, MetricKind.Gauge, help).Add(value, labels);

    private static MetricFamily Counter(string name, string help, double value) =>
        new MetricFamily(name, MetricKind.Counter, help).Add(value);
}
