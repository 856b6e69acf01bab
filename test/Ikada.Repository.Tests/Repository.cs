using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Ikada.Repository.Tests;

/// <summary>The checked-out tree that these tests look at.</summary>
internal static partial class Repository
{
    private static readonly string[] GeneratedFolders = ["artifacts", "bin", "obj", ".git", "TestResults"];

    public static string Root { get; } = FindRoot();

    /// <summary>Built as this test is: "release" or "debug".</summary>
    public static string Configuration { get; } =
        Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    public static IEnumerable<string> Projects => Files("*.csproj");

    public static IEnumerable<string> Sources => Files("*.cs");

    public static IEnumerable<string> Documents => Files("*.md");

    public static IEnumerable<string> Scripts =>
        Directory.EnumerateFiles(Root).Append(Path.Combine(Root, ".ci", "run"))
            .Select(Relative)
            .Where(path => File.Exists(Path.Combine(Root, path)))
            .Where(path => Read(path).StartsWith("#!", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);

    /// <summary>Files of the tree by pattern, without what the build makes: paths from the root.</summary>
    public static IEnumerable<string> Files(string pattern) =>
        Directory.EnumerateFiles(Root, pattern, SearchOption.AllDirectories)
            .Select(Relative)
            .Where(path => !path.Split('/').Any(GeneratedFolders.Contains))
            .Order(StringComparer.Ordinal);

    public static string NameOf(string project) => Path.GetFileNameWithoutExtension(project);

    public static IEnumerable<string> ItemsOf(string project, string item) =>
        XDocument.Parse(Read(project)).Descendants(item)
            .Select(element => (string?)element.Attribute("Include"))
            .OfType<string>();

    /// <summary>Where the build put the assembly of a project.</summary>
    public static string AssemblyOf(string project)
    {
        var name = XDocument.Parse(Read(project)).Descendants("AssemblyName").FirstOrDefault()?.Value
            ?? NameOf(project);
        return Path.Combine(Root, "artifacts", "bin", NameOf(project), Configuration, name + ".dll");
    }

    /// <summary>eng/Layers.txt: each project with what it may reference.</summary>
    public static IReadOnlyDictionary<string, string[]> Layers { get; } =
        Read("eng/Layers.txt").Split('\n')
            .Where(line => line.Length > 0 && !line.StartsWith('#'))
            .Select(line => line.Split(':', 2))
            .ToDictionary(
                parts => parts[0],
                parts => parts[1].Split(' ', StringSplitOptions.RemoveEmptyEntries));

    [GeneratedRegex(@"^```sh\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex ShellBlock();

    /// <summary>The commands that a document shows in its shell blocks, continued lines joined.</summary>
    public static IEnumerable<string> CommandsIn(string document) =>
        ShellBlock().Matches(Read(document))
            .SelectMany(block => block.Groups[1].Value.Replace("\\\n", " ").Split('\n'))
            .Select(line => line.Trim())
            .Where(line => line.Length > 0 && !line.StartsWith('#'));

    private static string Relative(string path) => Path.GetRelativePath(Root, path).Replace('\\', '/');

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        for (; folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Ikada.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"No Ikada.slnx above {AppContext.BaseDirectory}");
    }
}
