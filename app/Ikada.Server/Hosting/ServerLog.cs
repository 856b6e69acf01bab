using Microsoft.Extensions.Logging;

namespace Ikada.Server;

/// <summary>What the server logs. Event ids are never reused; 1000 to 1099 are the server's.</summary>
internal static partial class ServerLog
{
    [LoggerMessage(1000, LogLevel.Information,
        "member {Name} ({Member:x}) of cluster {Cluster:x} starts; data in {DataDirectory}")]
    public static partial void Starts(
        ILogger logger, string name, ulong member, ulong cluster, string dataDirectory);

    [LoggerMessage(1001, LogLevel.Information, "serving clients on {Endpoint}")]
    public static partial void ServesClients(ILogger logger, string endpoint);

    [LoggerMessage(
        1002, LogLevel.Information, "published name {Name} and client URLs {ClientUrls} to the cluster")]
    public static partial void Published(ILogger logger, string name, string clientUrls);

    [LoggerMessage(1003, LogLevel.Information, "stopped")]
    public static partial void Stopped(ILogger logger);

    [LoggerMessage(1005, LogLevel.Debug, "stopped before name {Name} was known to be published")]
    public static partial void NotPublished(ILogger logger, string name);

    [LoggerMessage(1006, LogLevel.Warning,
        "starts over with an empty log under a new incarnation, to be added to the cluster again; the old "
        + "files are kept beside as lost-*: {Reason}")]
    public static partial void StartsOver(ILogger logger, string reason);

    [LoggerMessage(1010, LogLevel.Debug, "watches end")]
    public static partial void WatchesStopped(ILogger logger);

    [LoggerMessage(1011, LogLevel.Critical,
        "watches are not served any more by this member until it is started again; report this")]
    public static partial void WatchesBroken(ILogger logger, Exception failure);

    [LoggerMessage(1020, LogLevel.Information, "compacted by itself to revision {Revision}")]
    public static partial void AutoCompacted(ILogger logger, long revision);

    [LoggerMessage(1021, LogLevel.Warning,
        "could not compact by itself to revision {Revision}: {Reason}; tries again")]
    public static partial void AutoCompactionRefused(ILogger logger, long revision, string reason);

    [LoggerMessage(1022, LogLevel.Debug, "no more compaction by itself")]
    public static partial void AutoCompactionStopped(ILogger logger);

    [LoggerMessage(1030, LogLevel.Error, "a call of {Method} failed; report this")]
    public static partial void CallFailed(ILogger logger, string method, Exception failure);

    [LoggerMessage(1007, LogLevel.Critical,
        "the key-value store is damaged: {Reason}. Its files are set aside in {Directory}; it is made anew "
        + "from the snapshot, the log and the other members. Look for a failing disk on this machine, and "
        + "remove the files when they are of no more use")]
    public static partial void StoreIsSetAside(ILogger logger, string reason, string directory);

    [LoggerMessage(1004, LogLevel.Critical, "the node stopped by itself: {Reason}")]
    public static partial void NodeFailed(ILogger logger, string reason);
}
