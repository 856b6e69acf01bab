namespace Ikada.EndToEnd.Tests;

/// <summary>The tree that these tests were built from.</summary>
internal static class SourceTree
{
    public static string Root { get; } = Find(new DirectoryInfo(AppContext.BaseDirectory));

    private static string Find(DirectoryInfo? folder) =>
        folder is null
            ? throw new DirectoryNotFoundException($"no Ikada.slnx above {AppContext.BaseDirectory}")
            : File.Exists(Path.Combine(folder.FullName, "Ikada.slnx")) ? folder.FullName
            : Find(folder.Parent);
}
