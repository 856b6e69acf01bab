using System.Collections.Frozen;

namespace Ikada.Cli.Serving;

/// <summary>
/// Every flag of etcd 3.5 (and those that 3.4 had besides), with what Ikada does about it. Nothing is
/// ignored in silence: what has no effect yet says so, and what would be unsafe to ignore stops the start.
/// </summary>
internal static class ServeFlags
{
    public static IReadOnlyList<ServeFlag> All { get; } =
    [
        .. MemberFlags.All, .. ClusterFlags.All, .. SecurityFlags.All, .. OperationFlags.All,
            .. ExperimentalFlags.All,
    ];

    private static readonly FrozenDictionary<string, ServeFlag> ByName =
        All.ToFrozenDictionary(flag => flag.Name);

    private static readonly FrozenDictionary<string, ServeFlag> ByEnvironmentName =
        All.ToFrozenDictionary(flag => flag.EnvironmentName);

    public static ServeFlag? Find(string name) => ByName.GetValueOrDefault(name);

    public static ServeFlag? FindByEnvironment(string name) => ByEnvironmentName.GetValueOrDefault(name);
}
