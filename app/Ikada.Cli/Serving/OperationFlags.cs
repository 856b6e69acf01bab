using static Ikada.Cli.Serving.FlagKind;
using static Ikada.Cli.Serving.Treatment;

namespace Ikada.Cli.Serving;

/// <summary>The flags for profiling, logging, files and emergencies.</summary>
internal static class OperationFlags
{
    private const string Monitoring = "Profiling and monitoring";
    private const string Logging = "Logging";
    private const string Unsafe = "Unsafe";
    private const string General = "General";
    private const string ToStandardError = "The log goes to the standard error.";

    public static IReadOnlyList<ServeFlag> All { get; } =
    [
        new(General, "config-file", Text, "", Honoured,
            "YAML with etcd's keys. A flag wins over the environment, the environment over the file (etcd "
            + "reads "
            + "the file alone)."),
        new(General, "version", FlagKind.Boolean, "false", Honoured, "Prints the version and ends."),
        new(Monitoring, "enable-pprof", FlagKind.Boolean, "false", NoEffect,
            "Go's profiler has no counterpart; use `dotnet-trace`."),
        new(Monitoring, "metrics", Text, "basic", NoEffect, "The page `/metrics` has one level of detail.")
        { Harmless = ["basic"] },
        new(Monitoring, "listen-metrics-urls", Urls, "", Honoured,
            "Where `/metrics`, `/health`, `/livez` and `/readyz` are served and nothing else; they are on "
            + "`--listen-client-urls` too."),
        new(Logging, "logger", Text, "zap", NoEffect, ToStandardError) { Harmless = ["zap"] },
        new(Logging, "log-outputs", Text, "default", NoEffect, ToStandardError)
        { Harmless = ["default", "stderr"] },
        new(Logging, "log-level", Text, "info", Honoured, "debug, info, warn, error, panic or fatal."),
        new(Logging, "enable-log-rotation", FlagKind.Boolean, "false", NoEffect, ToStandardError),
        new(Logging, "log-rotation-config-json", Text, "", NoEffect, ToStandardError),
        new(Logging, "debug", FlagKind.Boolean, "false", NoEffect, "Of etcd 3.4: use `--log-level debug`."),
        new(Logging, "log-package-levels", Text, "", NoEffect, "Of etcd 3.4: use `--log-level`."),
        new(Unsafe, "force-new-cluster", FlagKind.Boolean, "false", Refused,
            "Making one member a cluster of its own is not built yet."),
        new(Unsafe, "unsafe-no-fsync", FlagKind.Boolean, "false", NoEffect,
            "Every write is synced to the disk."),
    ];
}
