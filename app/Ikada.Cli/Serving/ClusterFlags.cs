using static Ikada.Cli.Serving.FlagKind;
using static Ikada.Cli.Serving.Treatment;

namespace Ikada.Cli.Serving;

/// <summary>The flags that etcd's help lists under "Clustering".</summary>
internal static class ClusterFlags
{
    private const string Group = "Clustering";

    private const string NoDiscovery =
        "A node started without its discovered members would be a cluster of its own: list them in "
        + "`--initial-cluster`.";

    private const string NoV2 = "etcd's v2 API is not served.";

    public static IReadOnlyList<ServeFlag> All { get; } =
    [
        new(Group, "initial-advertise-peer-urls", Urls, "http://localhost:2380", Honoured,
            "As `--initial-cluster` lists them for this member. Read for a new data directory."),
        new(Group, "initial-cluster", Text, "${name}=${initial-advertise-peer-urls}", Honoured,
            "`name=url,name=url…`, the same on every member. Read for a new data directory."),
        new(Group, "initial-cluster-state", Text, "new", Honoured,
            "`existing` joins the cluster that `--initial-cluster` names, after `member add`. Read for a new "
            + "data directory."),
        new(Group, "initial-cluster-token", Text, "etcd-cluster", Honoured,
            "Goes into the ids of cluster and members. Read for a new data directory."),
        new(Group, "advertise-client-urls", Urls, "http://localhost:2379", Honoured,
            "What member lists tell clients to dial. Where only `--listen-client-urls` is given, those are "
            + "it."),
        new(Group, "discovery", Text, "", Refused, NoDiscovery),
        new(Group, "discovery-fallback", Text, "proxy", NoEffect, "There is no discovery service.")
        { Harmless = ["proxy", "exit"] },
        new(Group, "discovery-proxy", Text, "", NoEffect, "There is no discovery service."),
        new(Group, "discovery-srv", Text, "", Refused, NoDiscovery),
        new(Group, "discovery-srv-name", Text, "", NoEffect, "There is no discovery service."),
        new(Group, "strict-reconfig-check", FlagKind.Boolean, "true", Honoured,
            "Changes of the membership that would cost the quorum are refused."),
        new(Group, "pre-vote", FlagKind.Boolean, "true", NoEffect, "Pre-vote is always on.")
        { Harmless = ["true"] },
        new(Group, "auto-compaction-retention", Text, "0", Honoured,
            "What the leader leaves when it compacts by itself: a duration as 10m, a number of hours, or of "
            + "revisions, as the mode says. 0: it does not."),
        new(Group, "auto-compaction-mode", Text, "periodic", Honoured,
            "periodic: by time, at least every hour; revision: by number, every five minutes."),
        new(Group, "enable-v2", FlagKind.Boolean, "false", NoEffect, NoV2),
        new(Group, "v2-deprecation", Text, "not-yet", NoEffect, NoV2)
        { Harmless = ["not-yet", "write-only", "write-only-drop-data", "gone"] },
        new(Group, "proxy", Text, "off", Refused,
            "The v2 proxy does not exist here: a proxy is not a member.")
        { Harmless = ["off"] },
        new(Group, "proxy-failure-wait", Unsigned, "5000", NoEffect, NoV2),
        new(Group, "proxy-refresh-interval", Unsigned, "30000", NoEffect, NoV2),
        new(Group, "proxy-dial-timeout", Unsigned, "1000", NoEffect, NoV2),
        new(Group, "proxy-write-timeout", Unsigned, "5000", NoEffect, NoV2),
        new(Group, "proxy-read-timeout", Unsigned, "0", NoEffect, NoV2),
    ];
}
