using static Ikada.Cli.Serving.FlagKind;
using static Ikada.Cli.Serving.Treatment;

namespace Ikada.Cli.Serving;

/// <summary>The flags whose names begin with "experimental".</summary>
internal static class ExperimentalFlags
{
    private const string Group = "Experimental";
    private const string NoTracing = "Traces are not exported yet.";
    private const string NoLeases =
        "What is left of long leases is always noted every five minutes, in the log.";
    private const string OwnEngine = "Ikada has its own storage engine; there is no bbolt file to tune.";
    private const string NoCorruptionCheck =
        "Members compare their states all the time, and what they have stored every `--scrub-interval`.";

    public static IReadOnlyList<ServeFlag> All { get; } =
    [
        NoUse("initial-corrupt-check", FlagKind.Boolean, "false", NoCorruptionCheck),
        NoUse("corrupt-check-time", Duration, "0s", NoCorruptionCheck),
        NoUse("compact-hash-check-enabled", FlagKind.Boolean, "false", NoCorruptionCheck),
        NoUse("compact-hash-check-time", Duration, "1m", NoCorruptionCheck),
        NoUse("enable-v2v3", Text, "", "etcd's v2 API is not served."),
        NoUse("enable-lease-checkpoint", FlagKind.Boolean, "false", NoLeases),
        NoUse("enable-lease-checkpoint-persist", FlagKind.Boolean, "false", NoLeases),
        new(Group, "experimental-compaction-batch-limit", Integer, "1000", Honoured,
            "After so many changes the removal of old versions rests."),
        new(Group, "experimental-compaction-sleep-interval", Duration, "10ms", Honoured,
            "So long does the removal of old versions rest."),
        new(Group, "experimental-peer-skip-client-san-verification", FlagKind.Boolean, "false", NoEffect,
            "Names are always verified by the member that dials, never by the one that is dialled."),
        new(Group, "experimental-watch-progress-notify-interval", Duration, "10m", Honoured,
            "How often a watcher that asks for it is told how far it is while it gets nothing else."),
        NoUse("downgrade-check-time", Duration, "5s", "There is nothing to downgrade to."),
        NoUse("memory-mlock", FlagKind.Boolean, "false", "Memory is not locked."),
        NoUse("warning-apply-duration", Duration, "100ms", "Slow requests are not logged yet."),
        NoUse("warning-unary-request-duration", Duration, "300ms", "Slow requests are not logged yet."),
        NoUse("txn-mode-write-with-shared-buffer", FlagKind.Boolean, "true", OwnEngine),
        NoUse("bootstrap-defrag-threshold-megabytes", Unsigned, "0", OwnEngine),
        NoUse("stop-grpc-service-on-defrag", FlagKind.Boolean, "false", OwnEngine),
        NoUse("backend-bbolt-freelist-type", Text, "array", OwnEngine),
        NoUse("max-learners", Integer, "1", "There is one learner at a time."),
        new(Group, "experimental-snapshot-catchup-entries", Unsigned, "5000", Honoured,
            "So many entries behind a snapshot stay in the log for slow members; more where it grows "
            + "faster."),
        NoUse("enable-distributed-tracing", FlagKind.Boolean, "false", NoTracing),
        NoUse("distributed-tracing-address", Text, "localhost:4317", NoTracing),
        NoUse("distributed-tracing-service-name", Text, "etcd", NoTracing),
        NoUse("distributed-tracing-instance-id", Text, "", NoTracing),
        NoUse("distributed-tracing-sampling-rate", Integer, "0", NoTracing),
    ];

    private static ServeFlag NoUse(string name, FlagKind kind, string byDefault, string note) =>
        new(Group, "experimental-" + name, kind, byDefault, NoEffect, note);
}
