using System.Globalization;
using System.Net;
using Ikada.Server;

namespace Ikada.Cli.Serving;

/// <summary>Makes settings of flags: fills in the defaults that depend on each other, and checks that all
/// agree.</summary>
internal static class SettingsReader
{
    private const ulong ElectionTimeoutMaxMs = 50_000;
    private const int SnapshotEntriesDefault = 100_000;
    private const ulong RequestBytesMax = 512 * 1024 * 1024;
    private static readonly string[] LogLevels =
        ["debug", "info", "warn", "error", "dpanic", "panic", "fatal"];

    public static ServeSettings Read(FlagSet flags)
    {
        var name = flags.Of("name").Value;
        var peers = PeerSettings.Read(flags, name);
        var (heartbeat, election) = Timing(flags);
        var listenClients = Listened(flags, "listen-client-urls");
        return new ServeSettings
        {
            Name = name,
            DataDirectory = flags.Given("data-dir")?.Value ?? name + ".ikada",
            ListenPeerUrls = peers.Listen,
            PeerTls = TlsReader.ReadPeers(flags),
            ClientTls = TlsReader.ReadClients(flags),
            ListenClientUrls = listenClients,
            ListenMetricsUrls = flags.Given("listen-metrics-urls") is null
                ? [] : Listened(flags, "listen-metrics-urls"),
            StorageEngine = Engine(flags.Of("storage-engine")),
            AutoCompactionPeriod = AutoCompactionReader.Period(flags),
            AutoCompactionRevisions = AutoCompactionReader.Revisions(flags),
            QuotaBackendBytes = Quota(flags.Of("quota-backend-bytes")),
            AdvertisePeerUrls = peers.Advertise,
            AdvertiseClientUrls = AdvertisedClients(flags, listenClients),
            InitialCluster = peers.InitialCluster,
            InitialIdentityIsGiven = flags.Given("initial-cluster") is not null
                || flags.Given("initial-cluster-token") is not null
                || flags.Given("initial-advertise-peer-urls") is not null,
            InitialClusterToken = flags.Of("initial-cluster-token").Value,
            JoinsExisting = IsExisting(flags.Of("initial-cluster-state")),
            StrictReconfigCheck = flags.IsOn("strict-reconfig-check"),
            HeartbeatInterval = heartbeat,
            ElectionTimeout = election,
            SnapshotEntries = SnapshotEntries(flags.Of("snapshot-count")),
            SnapshotCatchUpEntries =
                (int)Whole(flags.Of("experimental-snapshot-catchup-entries"), 0, int.MaxValue),
            SnapshotCatchUpBytes = (long)Whole(flags.Of("snapshot-catchup-bytes"), 0, long.MaxValue),
            SnapshotBytesPerSecond = (long)Whole(flags.Of("snapshot-bytes-per-second"), 1, long.MaxValue),
            WatchProgressNotifyInterval = Interval(flags.Of("experimental-watch-progress-notify-interval")),
            MaxRequestBytes = (int)Whole(flags.Of("max-request-bytes"), 1, RequestBytesMax),
            CompactionBatchLimit =
                (int)Whole(flags.Of("experimental-compaction-batch-limit"), 1, int.MaxValue),
            CompactionSleepInterval = Duration(flags.Of("experimental-compaction-sleep-interval")),
            ComparesStates = flags.IsOn("compare-states"),
            ScrubInterval = Scrubbing(flags.Of("scrub-interval")),
            MaxTxnOps = (int)Whole(flags.Of("max-txn-ops"), 1, int.MaxValue),
            LogLevel = LogLevel(flags.Of("log-level")),
            Warnings = flags.Warnings,
        };
    }

    /// <summary>URLs to bind: an address of this machine or localhost, since a name may stand for
    /// several.</summary>
    public static IReadOnlyList<EtcdUrl> Listened(FlagSet flags, string name)
    {
        var value = flags.Of(name);
        var urls = EtcdUrl.ParseList(value.Value, value.Origin);
        foreach (var url in urls)
        {
            if (url.Host != "localhost" && !IPAddress.TryParse(url.Host, out _))
            {
                throw new CliException(
                    $"{value.Origin}: cannot listen on '{url}': '{url.Host}' is a name; give an IP address "
                    + "of this "
                    + "machine (0.0.0.0 for all)");
            }
        }

        return urls;
    }

    /// <summary>URLs that others dial: never the wildcard address.</summary>
    public static void MustBeDialable(IReadOnlyList<EtcdUrl> urls, string origin, string remedy)
    {
        foreach (var url in urls)
        {
            if (url.IsWildcard)
            {
                throw new CliException(
                    $"{origin}: '{url}' cannot be advertised: nobody else can dial {url.Host}; {remedy}");
            }
        }
    }

    private static StorageEngine Engine(FlagValue value) => value.Value switch
    {
        "memory" => StorageEngine.Memory,
        "rocksdb" => StorageEngine.RocksDb,
        _ => throw CliException.BadUsage(
            $"{value.Origin}: '{value.Value}' is no engine: rocksdb or memory"),
    };

    private static IReadOnlyList<EtcdUrl> AdvertisedClients(FlagSet flags, IReadOnlyList<EtcdUrl> listened)
    {
        var given = flags.Given("advertise-client-urls");
        var urls = given is null ? listened : EtcdUrl.ParseList(given.Value, given.Origin);
        MustBeDialable(
            urls,
            given?.Origin ?? flags.Of("listen-client-urls").Origin,
            "set --advertise-client-urls to an address that clients reach");
        return urls;
    }

    private static (TimeSpan Heartbeat, TimeSpan Election) Timing(FlagSet flags)
    {
        var heartbeat = Whole(flags.Of("heartbeat-interval"), 1, ElectionTimeoutMaxMs);
        var election = Whole(flags.Of("election-timeout"), 1, ElectionTimeoutMaxMs);
        if (election < 5 * heartbeat)
        {
            throw new CliException(
                $"--election-timeout={election} is less than five times --heartbeat-interval={heartbeat}; "
                + $"raise it to {5 * heartbeat} or lower the other");
        }

        return (TimeSpan.FromMilliseconds(heartbeat), TimeSpan.FromMilliseconds(election));
    }

    // 0 stands for the default, as in etcd.
    private static int SnapshotEntries(FlagValue value) =>
        Whole(value, 0, int.MaxValue) is > 0 and var entries ? (int)entries : SnapshotEntriesDefault;

    private static long Quota(FlagValue value) => GoValues.TryInteger(value.Value, out var bytes)
        ? bytes
        : throw CliException.BadUsage(
            $"{value.Origin}: '{value.Value}' is not a number of bytes from {long.MinValue} on");

    /// <summary>What a flag of that kind says; that it is a duration has been checked.</summary>
    private static TimeSpan Duration(FlagValue value) =>
        GoValues.TryDuration(value.Value, out var duration) ? duration : TimeSpan.Zero;

    private static ulong Whole(FlagValue value, ulong least, ulong most) =>
        GoValues.TryUnsigned(value.Value, out var number) && number >= least && number <= most
            ? number
            : throw CliException.BadUsage(string.Create(
                CultureInfo.InvariantCulture,
                    $"{value.Origin}: '{value.Value}' is not from {least} to {most}"));

    // More than 40 days no timer takes; nobody waits for a word that long.
    private static TimeSpan Interval(FlagValue value) =>
        GoValues.TryDuration(value.Value, out var interval)
        && interval >= TimeSpan.FromMilliseconds(1) && interval <= TimeSpan.FromDays(40)
            ? interval
            : throw CliException.BadUsage($"{value.Origin}: '{value.Value}' is not from 1ms to 960h");

    private static TimeSpan Scrubbing(FlagValue value) =>
        GoValues.TryDuration(value.Value, out var interval)
        && (interval == TimeSpan.Zero
            || (interval >= TimeSpan.FromSeconds(1) && interval <= TimeSpan.FromDays(40)))
            ? interval
            : throw CliException.BadUsage(
                $"{value.Origin}: '{value.Value}' is neither 0s, which is never, nor from 1s to 960h");

    private static bool IsExisting(FlagValue state) => state.Value switch
    {
        "new" => false,
        "existing" => true,
        _ => throw CliException.BadUsage($"{state.Origin}: '{state.Value}' is neither 'new' nor 'existing'"),
    };

    private static string LogLevel(FlagValue level) => LogLevels.Contains(level.Value)
        ? level.Value
        : throw CliException.BadUsage(
            $"{level.Origin}: '{level.Value}' is no log level; choose among {string.Join(", ", LogLevels)}");
}
