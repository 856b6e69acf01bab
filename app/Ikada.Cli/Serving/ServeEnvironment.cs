namespace Ikada.Cli.Serving;

/// <summary>Flags from the environment: <c>IKADA_DATA_DIR</c>, or <c>ETCD_DATA_DIR</c> where that is
/// absent.</summary>
internal static class ServeEnvironment
{
    private const string Own = "IKADA_";
    private const string Etcd = "ETCD_";

    // Ours, but not flags of the server; and etcd's one variable that is no flag.
    private static readonly string[] NotFlags = ["IKADA_ENDPOINTS", "IKADA_LONG", "ETCD_UNSUPPORTED_ARCH"];

    public static IReadOnlyList<FlagValue> Read(
        IReadOnlyDictionary<string, string> environment, ICollection<string> warnings)
    {
        var values = new List<FlagValue>();
        foreach (var flag in ServeFlags.All)
        {
            // As in etcd, an empty variable is one that is not set.
            foreach (var name in (string[])[Own + flag.EnvironmentName, Etcd + flag.EnvironmentName])
            {
                if (environment.GetValueOrDefault(name) is { Length: > 0 } value)
                {
                    values.Add(new FlagValue(flag, value, name).Checked());
                    break;
                }
            }
        }

        WarnOfUnknown(environment, warnings);
        return values;
    }

    // Not an error: a cluster manager puts names such as ETCD_PORT there for a service called "etcd".
    private static void WarnOfUnknown(
        IReadOnlyDictionary<string, string> environment, ICollection<string> warnings)
    {
        foreach (var name in environment.Keys.Order(StringComparer.Ordinal))
        {
            var prefix = name.StartsWith(Own, StringComparison.Ordinal) ? Own
                : name.StartsWith(Etcd, StringComparison.Ordinal) ? Etcd : null;
            if (prefix is not null && !NotFlags.Contains(name)
                && ServeFlags.FindByEnvironment(name[prefix.Length..]) is null)
            {
                warnings.Add($"environment variable {name} is not a flag of 'ikada serve' and is not read");
            }
        }
    }
}
