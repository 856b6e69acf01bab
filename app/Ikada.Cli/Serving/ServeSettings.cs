using Ikada.Server;

namespace Ikada.Cli.Serving;

/// <summary>A member as <c>--initial-cluster</c> lists it.</summary>
internal sealed record InitialMember(string Name, IReadOnlyList<EtcdUrl> PeerUrls);

/// <summary>What <c>serve</c> was told, read from all sources, defaults filled in and checked against each
/// other.</summary>
internal sealed record ServeSettings
{
    public required string Name { get; init; }

    public required string DataDirectory { get; init; }

    public required IReadOnlyList<EtcdUrl> ListenPeerUrls { get; init; }

    /// <summary>TLS between members; null: plain text.</summary>
    public required PeerTlsFiles? PeerTls { get; init; }

    public required IReadOnlyList<EtcdUrl> ListenClientUrls { get; init; }

    public required IReadOnlyList<EtcdUrl> AdvertisePeerUrls { get; init; }

    public required IReadOnlyList<EtcdUrl> AdvertiseClientUrls { get; init; }

    public IReadOnlyList<EtcdUrl> ListenMetricsUrls { get; init; } = [];

    public StorageEngine StorageEngine { get; init; } = StorageEngine.RocksDb;

    public Ikada.Server.ClientTlsFiles? ClientTls { get; init; }

    public long QuotaBackendBytes { get; init; }

    public TimeSpan AutoCompactionPeriod { get; init; }

    public long AutoCompactionRevisions { get; init; }

    public required IReadOnlyList<InitialMember> InitialCluster { get; init; }

    /// <summary>Whether the operator wrote any of what makes the ids of member and cluster.</summary>
    public required bool InitialIdentityIsGiven { get; init; }

    public required string InitialClusterToken { get; init; }

    /// <summary>The cluster is said to exist already, so an empty directory must not found a new
    /// one.</summary>
    public required bool JoinsExisting { get; init; }

    public required bool StrictReconfigCheck { get; init; }

    public required TimeSpan HeartbeatInterval { get; init; }

    public required TimeSpan ElectionTimeout { get; init; }

    public required int SnapshotEntries { get; init; }

    public required int SnapshotCatchUpEntries { get; init; }

    public required long SnapshotCatchUpBytes { get; init; }

    public required long SnapshotBytesPerSecond { get; init; }

    public required TimeSpan WatchProgressNotifyInterval { get; init; }

    public required int MaxRequestBytes { get; init; }

    public required int MaxTxnOps { get; init; }

    public required int CompactionBatchLimit { get; init; }

    public required TimeSpan CompactionSleepInterval { get; init; }

    /// <summary>Whether the members' states are compared.</summary>
    public required bool ComparesStates { get; init; }

    /// <summary>How often all that they have stored is read and compared; zero: never.</summary>
    public required TimeSpan ScrubInterval { get; init; }

    public required string LogLevel { get; init; }

    /// <summary>One line each about what was given and changes nothing.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }
}
