using Ikada.KeyValue;
using Microsoft.Extensions.Logging;

namespace Ikada.Server;

/// <summary>A member of the initial cluster: what follows <c>--initial-cluster</c> for one name.</summary>
/// <param name="Name">Its name.</param>
/// <param name="PeerUrls">Where its peers reach it.</param>
public sealed record InitialMember(string Name, IReadOnlyList<Uri> PeerUrls);

/// <summary>Whether a new cluster is started or an existing one joined.</summary>
public enum ClusterState
{
    /// <summary>All members of the initial cluster start together.</summary>
    New,

    /// <summary>This member was added to a running cluster.</summary>
    Existing,
}

/// <summary>Everything a server is started with. Names and defaults are those of etcd's flags.</summary>
public sealed record ServerOptions
{
    /// <summary>The name of this member.</summary>
    public string Name { get; init; } = "default";

    /// <summary>Where it keeps its data.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Where it keeps its keys. Members of a cluster may differ in it, and a restart may change
    /// it. Default RocksDB.</summary>
    public StorageEngine StorageEngine { get; init; } = StorageEngine.RocksDb;

    /// <summary>Where it listens for clients.</summary>
    public IReadOnlyList<Uri> ListenClientUrls { get; init; } = [new("http://localhost:2379")];

    /// <summary>Where it serves the pages for monitoring and nothing else; none: only where clients
    /// are.</summary>
    public IReadOnlyList<Uri> ListenMetricsUrls { get; init; } = [];

    /// <summary>Where clients reach it, as told to them.</summary>
    public IReadOnlyList<Uri> AdvertiseClientUrls { get; init; } = [new("http://localhost:2379")];

    /// <summary>Where it listens for peers.</summary>
    public IReadOnlyList<Uri> ListenPeerUrls { get; init; } = [new("http://localhost:2380")];

    /// <summary>Where peers reach it, as told to them.</summary>
    public IReadOnlyList<Uri> AdvertisePeerUrls { get; init; } = [new("http://localhost:2380")];

    /// <summary>The members a new cluster starts with, this one among them.</summary>
    public IReadOnlyList<InitialMember> InitialCluster { get; init; } =
        [new("default", [new("http://localhost:2380")])];

    /// <summary>TLS between members; null: plain text. Where it is set, all URLs of peers are
    /// https.</summary>
    public PeerTlsFiles? PeerTls { get; init; }

    /// <summary>TLS with clients on URLs that are https; null: there are none.</summary>
    public ClientTlsFiles? ClientTls { get; init; }

    /// <summary>Whether the operator wrote any of what makes the ids: the list, the token, the peer URLs.
    /// What was written must fit the member whose directory is opened; apart from that it is read for a new
    /// directory only.</summary>
    public bool InitialIdentityIsGiven { get; init; } = true;

    /// <summary>Keeps clusters of equal URLs apart.</summary>
    public string InitialClusterToken { get; init; } = "etcd-cluster";

    /// <summary>New or existing.</summary>
    public ClusterState InitialClusterState { get; init; } = ClusterState.New;

    /// <summary>Whether changes of the membership that would cost the quorum are refused.</summary>
    public bool StrictReconfigCheck { get; init; } = true;

    /// <summary>How often a leader shows that it lives.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The least time without a leader before an election.</summary>
    public TimeSpan ElectionTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The largest request in bytes.</summary>
    public int MaxRequestBytes { get; init; } = 1536 * 1024;

    /// <summary>The most operations in a branch of a transaction, and conditions before it; at least
    /// 1. What is nested in a branch shares its number.</summary>
    public int MaxTxnOps { get; init; } = 128;

    /// <summary>After how many changes the removal behind a compaction rests; at least 1.</summary>
    public int CompactionBatchLimit { get; init; } = 1000;

    /// <summary>How long the removal behind a compaction rests.</summary>
    public TimeSpan CompactionSleepInterval { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>After how many applied entries a snapshot is taken.</summary>
    public int SnapshotEntries { get; init; } = 100_000;

    /// <summary>How many entries behind a snapshot the log keeps for slow members.</summary>
    public int SnapshotCatchUpEntries { get; init; } = 5000;

    /// <summary>How many bytes of log at the most are kept for members that take in a snapshot: twice what
    /// came while one was saved or sent. Default 1 GiB; 0: none.</summary>
    public long SnapshotCatchUpBytes { get; init; } = 1L << 30;

    /// <summary>How many bytes of snapshots at the most are sent in a second, to all members together.
    /// Default 64 MiB; at least 1.</summary>
    public long SnapshotBytesPerSecond { get; init; } = 64L << 20;

    /// <summary>For how long every revision is kept; what is older is compacted. Zero: not by time.</summary>
    public TimeSpan AutoCompactionPeriod { get; init; }

    /// <summary>How many revisions are kept; older ones are compacted every five minutes. 0: not by
    /// number.</summary>
    public long AutoCompactionRevisions { get; init; }

    /// <summary>How large the data may grow in bytes; 0: 2 GiB; below 0: without bound.</summary>
    public long QuotaBackendBytes { get; init; }

    /// <summary>How often a watcher that asks for it is told how far it is while it gets nothing
    /// else.</summary>
    public TimeSpan WatchProgressNotifyInterval { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>What watches may cost.</summary>
    public WatchLimits WatchLimits { get; init; } = new();

    /// <summary>Whether the states of the members are compared, and one that a majority contradicts is
    /// rebuilt. The same on all members.</summary>
    public bool ComparesStates { get; init; } = true;

    /// <summary>How often all that the members have stored is read and compared. Zero: never; else at least
    /// 10 ms.</summary>
    public TimeSpan ScrubInterval { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Which log lines are written.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    /// <summary>How long a request waits for a leader and a quorum. Default as etcd counts it: 5 s and two
    /// election timeouts.</summary>
    public TimeSpan RequestTimeout
    {
        get => field == default ? TimeSpan.FromSeconds(5) + (2 * ElectionTimeout) : field;
        init;
    }

    /// <summary>Returns what is wrong, naming the flag, the value and the remedy, or null.</summary>
    public string? Validate()
    {
        if (string.IsNullOrWhiteSpace(Name))
        {
            return "--name is empty: give this member a name";
        }

        if (string.IsNullOrWhiteSpace(DataDirectory))
        {
            return "--data-dir is empty: name a directory for this member's data";
        }

        return CheckClientUrls("--listen-client-urls", ListenClientUrls)
            ?? (ListenMetricsUrls.Count == 0 ? null
                : CheckClientUrls("--listen-metrics-urls", ListenMetricsUrls))
            ?? CheckMetricsPorts()
            ?? CheckClientUrls("--advertise-client-urls", AdvertiseClientUrls)
            ?? CheckClientTls()
            ?? CheckPeerUrls("--listen-peer-urls", ListenPeerUrls)
            ?? CheckPeerUrls("--initial-advertise-peer-urls", AdvertisePeerUrls)
            ?? CheckInitialCluster()
            ?? CheckNumbers();
    }

    // Either all members speak TLS or none, and the URLs say which.
    private string? CheckPeerUrls(string flag, IReadOnlyList<Uri> urls)
    {
        foreach (var url in urls)
        {
            if (url.IsAbsoluteUri && PeerTls is not null && url.Scheme != Uri.UriSchemeHttps)
            {
                return $"{flag}: '{Text(url)}' is not https, but --peer-cert-file is given: write https:// "
                    + "in all URLs of peers, or leave the flag out";
            }

            if (url.IsAbsoluteUri && PeerTls is null && url.Scheme == Uri.UriSchemeHttps)
            {
                return $"{flag}: '{Text(url)}' asks for TLS, but there is no certificate: give "
                    + "--peer-cert-file and --peer-key-file, or write http://";
            }
        }

        return CheckUrls(flag, urls, PeerTls is null ? Uri.UriSchemeHttp : Uri.UriSchemeHttps);
    }

    // Towards clients both may stand side by side, as with etcd.
    private string? CheckClientUrls(string flag, IReadOnlyList<Uri> urls)
    {
        Uri[] plain = [.. urls.Where(url => !url.IsAbsoluteUri || url.Scheme != Uri.UriSchemeHttps)];
        Uri[] secret = [.. urls.Where(url => url.IsAbsoluteUri && url.Scheme == Uri.UriSchemeHttps)];
        return secret.Length > 0 && ClientTls is null && flag != "--advertise-client-urls"
            ? $"{flag}: '{Text(secret[0])}' asks for TLS, but there is no certificate: give --cert-file and "
                + "--key-file, or write http://"
            : (secret.Length > 0 && plain.Length == 0 ? null : CheckUrls(flag, plain))
                ?? (secret.Length == 0 ? null : CheckUrls(flag, secret, Uri.UriSchemeHttps));
    }

    // To serve in plain text alone is not what whoever gave a certificate wants.
    private string? CheckClientTls() =>
        ClientTls is null || ListenClientUrls.Any(url => url.Scheme == Uri.UriSchemeHttps) ? null
            : "--cert-file is given, but no URL of --listen-client-urls is https: write https:// there, or "
                + "leave the flag out";

    private static string? CheckUrls(string flag, IReadOnlyList<Uri> urls, string scheme = "http")
    {
        if (urls.Count == 0)
        {
            return $"{flag} names no URL: give at least one, such as http://127.0.0.1:2379";
        }

        foreach (var url in urls)
        {
            if (!url.IsAbsoluteUri)
            {
                return $"{flag}: '{url}' is not a URL: write it as http://HOST:PORT";
            }

            if (url.Scheme != scheme || url.PathAndQuery != "/")
            {
                return $"{flag}: '{url}' must be {scheme}://HOST:PORT with nothing behind the port";
            }
        }

        return null;
    }

    // By its port a connection is told from one of a client.
    private string? CheckMetricsPorts()
    {
        foreach (var url in ListenMetricsUrls)
        {
            if (ListenClientUrls.Any(client => client.Port == url.Port))
            {
                return $"--listen-metrics-urls: '{Text(url)}' has the port of a URL of --listen-client-urls, "
                    + "where the same pages are: choose another port or leave it out";
            }
        }

        return null;
    }

    private string? CheckInitialCluster()
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var urls = new HashSet<Uri>();
        foreach (var member in InitialCluster)
        {
            if (CheckPeerUrls("--initial-cluster", member.PeerUrls) is { } wrong)
            {
                return wrong;
            }

            if (!names.Add(member.Name))
            {
                return $"--initial-cluster names '{member.Name}' twice: give each member a name of its own";
            }

            foreach (var url in member.PeerUrls)
            {
                if (!urls.Add(url))
                {
                    return $"--initial-cluster has {Text(url)} twice: give each member URLs of its own";
                }
            }
        }

        var self = InitialCluster.FirstOrDefault(member => member.Name == Name);
        if (self is null)
        {
            return $"--initial-cluster does not name '{Name}' (--name): it names "
                + $"{string.Join(", ", InitialCluster.Select(member => member.Name))}; add {Name}=URL to it";
        }

        return self.PeerUrls.ToHashSet().SetEquals(AdvertisePeerUrls) ? null
            : $"--initial-cluster has {Join(self.PeerUrls)} for '{Name}' but "
                + $"--initial-advertise-peer-urls is {Join(AdvertisePeerUrls)}: make them equal";
    }

    private string? CheckNumbers() =>
        HeartbeatInterval < TimeSpan.FromMilliseconds(1)
            ? $"--heartbeat-interval is {HeartbeatInterval.TotalMilliseconds} ms: it must be at least 1"
        : ElectionTimeout < 5 * HeartbeatInterval
            ? $"--election-timeout is {ElectionTimeout.TotalMilliseconds} ms: it must be at least 5 times "
                + $"--heartbeat-interval ({HeartbeatInterval.TotalMilliseconds} ms)"
        : ElectionTimeout > TimeSpan.FromSeconds(50)
            ? $"--election-timeout is {ElectionTimeout.TotalMilliseconds} ms: it must be at most 50000"
        : SnapshotEntries < 1
            ? $"--snapshot-count is {SnapshotEntries}: it must be at least 1"
        : SnapshotCatchUpEntries < 0
            ? $"--experimental-snapshot-catchup-entries is {SnapshotCatchUpEntries}: it must not be negative"
        : SnapshotCatchUpBytes < 0
            ? $"--snapshot-catchup-bytes is {SnapshotCatchUpBytes}: it must not be negative"
        : SnapshotBytesPerSecond < 1
            ? $"--snapshot-bytes-per-second is {SnapshotBytesPerSecond}: it must be at least 1"
        : WatchProgressNotifyInterval <= TimeSpan.Zero
            ? $"--experimental-watch-progress-notify-interval is {WatchProgressNotifyInterval}: "
                + "it must be more than 0s"
        : MaxRequestBytes < 1
            ? $"--max-request-bytes is {MaxRequestBytes}: it must be at least 1"
        : CompactionBatchLimit < 1
            ? $"--experimental-compaction-batch-limit is {CompactionBatchLimit}: it must be at least 1"
        : CompactionSleepInterval < TimeSpan.Zero
            ? $"--experimental-compaction-sleep-interval is {CompactionSleepInterval.TotalMilliseconds} ms: "
                + "it must not be negative"
        : MaxTxnOps < 1
            ? $"--max-txn-ops is {MaxTxnOps}: it must be at least 1"
        : null;

    /// <summary>A URL as operators write it: without the slash at the end.</summary>
    internal static string Text(Uri url) => url.GetLeftPart(UriPartial.Authority);

    private static string Join(IEnumerable<Uri> urls) => string.Join(',', urls.Select(Text));
}
