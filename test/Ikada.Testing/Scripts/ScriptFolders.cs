namespace Ikada.Testing.Scripts;

/// <summary>Where scripts lie: a folder of the repository, and those that an environment variable
/// names.</summary>
public static class ScriptFolders
{
    /// <summary>Names further folders of scripts, separated by colons.</summary>
    public const string ForeignVariable = "IKADA_SCRIPTS";

    /// <summary>Set to 1, the expected texts of our own scripts are written anew.</summary>
    public const string RewriteVariable = "IKADA_REWRITE";

    /// <summary>Whether expected texts are to be written anew.</summary>
    public static bool Rewrites => Environment.GetEnvironmentVariable(RewriteVariable) == "1";

    /// <summary>The folders that <see cref="ForeignVariable"/> names.</summary>
    public static IReadOnlyList<string> Foreign =>
        (Environment.GetEnvironmentVariable(ForeignVariable) ?? string.Empty)
            .Split(':', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>All scripts below a folder, in order; none if there is no such folder.</summary>
    public static IEnumerable<string> ScriptsBelow(string folder) =>
        Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder, "*.txt", SearchOption.AllDirectories)
                .Order(StringComparer.Ordinal)
            : [];

    /// <summary>What is wrong with a folder of foreign scripts, or null.</summary>
    public static string? Fault(string folder) =>
        !Directory.Exists(folder) ? $"{ForeignVariable} names '{folder}', which is no directory"
        : !ScriptsBelow(folder).Any(path => Script.Read(path).Cases.Count > 0)
            ? $"{ForeignVariable} names '{folder}', which holds no script (*.txt with a case)"
        : null;

    /// <summary>The root of the repository that a program was built in.</summary>
    public static string RepositoryRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Ikada.slnx")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName
            ?? throw new DirectoryNotFoundException($"no Ikada.slnx above {AppContext.BaseDirectory}");
    }
}
