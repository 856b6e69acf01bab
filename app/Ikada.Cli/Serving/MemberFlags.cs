using static Ikada.Cli.Serving.FlagKind;
using static Ikada.Cli.Serving.Treatment;

namespace Ikada.Cli.Serving;

/// <summary>The flags that etcd's help lists under "Member".</summary>
internal static class MemberFlags
{
    private const string Group = "Member";
    private const string OwnEngine = "Ikada has its own storage engine; there is no bbolt file to tune.";

    public static IReadOnlyList<ServeFlag> All { get; } =
    [
        new(Group, "name", Text, "default", Honoured, "The member's name, as `--initial-cluster` spells it."),
        new(Group, "data-dir", Text, "${name}.ikada", Honoured,
            "Where log and state live; made with mode 0700. etcd's default ends in `.etcd`: the formats "
            + "differ."),
        new(Group, "wal-dir", Text, "", Refused,
            "The log lives in the data directory: put `--data-dir` on the disk that was meant for it."),
        new(Group, "storage-engine", Text, "rocksdb", Honoured,
            "`rocksdb` or `memory`. Ikada's own flag. With `rocksdb` the keys are on disk, need not fit in "
            + "memory, and a start applies little of the log. May be changed at any restart."),
        new(Group, "compare-states", FlagKind.Boolean, "true", Honoured,
            "Whether the members' states are compared, and one that a majority contradicts is rebuilt. "
            + "Ikada's own flag; the same on all members."),
        new(Group, "scrub-interval", Duration, "1h", Honoured,
            "How often each member reads all that it has stored, in the background, and the members compare "
            + "it; `0s`: never. Ikada's own flag; the leader's counts."),
        new(Group, "snapshot-count", Unsigned, "100000", Honoured,
            "After so many applied entries a snapshot is taken; 0 is the default. Also after 64 MiB of log. "
                + "Not before the log behind the last one is as large as that, with RocksDB four times."),
        new(Group, "snapshot-bytes-per-second", Unsigned, "67108864", Honoured,
            "So much of snapshots is sent in a second, to all members together. Ikada's own flag."),
        new(Group, "snapshot-catchup-bytes", Unsigned, "1073741824", Honoured,
            "So much log at the most is kept for a member that takes in a snapshot, which is twice what came "
            + "while one was saved or sent: with less it may need another one, and so for ever. Ikada's own "
            + "flag."),
        new(Group, "heartbeat-interval", Unsigned, "100", Honoured, "In milliseconds."),
        new(Group, "election-timeout", Unsigned, "1000", Honoured,
            "In milliseconds; at least five heartbeats, at most 50000."),
        new(Group, "initial-election-tick-advance", FlagKind.Boolean, "true", NoEffect,
            "A starting node waits one randomized election timeout.") { Harmless = ["true"] },
        new(Group, "listen-peer-urls", Urls, "http://localhost:2380", Honoured,
            "Where the other members connect."),
        new(Group, "listen-client-urls", Urls, "http://localhost:2379", Honoured,
            "Where clients connect (gRPC)."),
        new(Group, "listen-client-http-urls", Urls, "", NoEffect,
            "HTTP is served on `--listen-client-urls`."),
        new(Group, "max-snapshots", Unsigned, "5", NoEffect,
            "The newest is kept, and the one before it until the newest has been read back."),
        new(Group, "max-wals", Unsigned, "5", NoEffect, "Log segments go when nothing needs them any more."),
        new(Group, "quota-backend-bytes", Integer, "0", Honoured,
            "Bytes of keys, values and history; 0 is 2 GiB, below 0 there is no bound. Beyond it the alarm "
            + "NOSPACE is raised, and nothing is put until it is disarmed."),
        new(Group, "backend-bbolt-freelist-type", Text, "map", NoEffect, OwnEngine),
        new(Group, "backend-batch-interval", Duration, "0s", NoEffect, OwnEngine) { Harmless = ["0s", "0"] },
        new(Group, "backend-batch-limit", Integer, "0", NoEffect, OwnEngine) { Harmless = ["0"] },
        new(Group, "max-txn-ops", Unsigned, "128", Honoured,
            "More in a branch is answered `etcdserver: too many operations in txn request`."),
        new(Group, "max-request-bytes", Unsigned, "1572864", Honoured,
            "A larger request is answered `etcdserver: request is too large`."),
        new(Group, "max-concurrent-streams", Unsigned, "4294967295", NoEffect,
            "The number of streams on a connection is not limited."),
        new(Group, "enable-grpc-gateway", FlagKind.Boolean, "true", NoEffect,
            "The JSON gateway is not served yet."),
        new(Group, "grpc-keepalive-min-time", Duration, "5s", NoEffect,
            "Clients may ping as often as they like."),
        new(Group, "grpc-keepalive-interval", Duration, "2h", NoEffect,
            "The server does not ping clients yet."),
        new(Group, "grpc-keepalive-timeout", Duration, "20s", NoEffect,
            "The server does not ping clients yet."),
        new(Group, "socket-reuse-port", FlagKind.Boolean, "false", NoEffect,
            "A port in use is an error; two servers never share one."),
        new(Group, "socket-reuse-address", FlagKind.Boolean, "false", NoEffect,
            "An address in TIME_WAIT can always be taken again."),
        new(Group, "raft-read-timeout", Duration, "5s", NoEffect,
            "A connection to a peer is judged by its heartbeats."),
        new(Group, "raft-write-timeout", Duration, "5s", NoEffect,
            "A connection to a peer is judged by its heartbeats."),
    ];
}
