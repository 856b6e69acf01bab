using System.Reflection;

namespace Ikada.Simulation;

/// <summary>The commit that this program was built from.</summary>
public static class BuildCommit
{
    /// <summary>Its full name; <c>unknown</c> where it was built outside of a repository.</summary>
    public static string Name { get; } =
        typeof(BuildCommit).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
            ?.InformationalVersion.Split('+') is [_, var commit, ..] ? commit : "unknown";
}
