using System.Reflection;

namespace Ikada.Cli;

internal static class ProgramVersion
{
    public static string Number { get; } =
        (typeof(ProgramVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
            ?.InformationalVersion ?? "0.0.0").Split('+')[0];

    public static string Line => $"ikada {Number} (etcd API 3.5, .NET {Environment.Version})";
}
