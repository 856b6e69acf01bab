using System.Reflection;

namespace Ikada.Server;

/// <summary>The versions clients ask for; they switch features by them.</summary>
internal static class ServerVersion
{
    /// <summary>The etcd whose answers ours are like.</summary>
    public const string Etcd = "3.5.16";

    /// <summary>The cluster version of that etcd.</summary>
    public const string Cluster = "3.5.0";

    /// <summary>The version of this program.</summary>
    public static string Program { get; } =
        typeof(ServerVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
            ?.InformationalVersion ?? "0.0.0";

    /// <summary>The storage version of that etcd.</summary>
    public const string Storage = "3.5.0";
}
