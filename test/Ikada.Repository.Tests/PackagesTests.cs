using System.Xml.Linq;

namespace Ikada.Repository.Tests;

public class PackagesTests
{
    private const string VersionFile = "Directory.Packages.props";
    private const string LicenceTable = "docs/decisions/0002-packages.md";

    private static IEnumerable<(string Id, string Version)> Packages =>
        from package in XDocument.Parse(Repository.Read(VersionFile)).Descendants("PackageVersion")
        select ((string)package.Attribute("Include")!, (string)package.Attribute("Version")!);

    [Fact]
    public void Every_package_has_a_line_with_its_licence()
    {
        var lines = Repository.Read(LicenceTable).Split('\n');
        Expect.None(
            from package in Packages
            where !lines.Any(line => line.StartsWith($"| {package.Id} |", StringComparison.Ordinal))
            select $"{package.Id} has no line in {LicenceTable}");
    }

    [Fact]
    public void Every_package_of_the_table_is_in_use()
    {
        var used = Repository.Files("*.csproj").Concat(Repository.Files("Directory.Build.props"))
            .SelectMany(project => Repository.ItemsOf(project, "PackageReference"))
            .ToHashSet();
        Expect.None(Packages.Where(package => !used.Contains(package.Id))
            .Select(package => $"{package.Id} is in {VersionFile} and nobody references it"));
    }

    [Fact]
    public void No_package_is_a_preview() =>
        Expect.None(Packages.Where(package => package.Version.Contains('-'))
            .Select(package => $"{package.Id} {package.Version}"));

    /// <summary>Hashing only: code without state, time or machine. The room that uses it is named.</summary>
    [Fact]
    public void The_library_takes_no_package_into_its_pure_rooms_but_one_that_hashes() =>
        Expect.None(
            from room in PureRooms.Names
            from package in Repository.ItemsOf(PureRooms.ProjectOf(room), "PackageReference")
            where (room, package) != ("Ikada.Log", "System.IO.Hashing")
            select $"{room} references {package}");

    /// <summary>Who takes a package must find all that it needs as packages.</summary>
    [Fact]
    public void What_a_package_needs_is_a_package() =>
        Expect.None(
            from project in Repository.Projects
            where IsPacked(project)
            from reference in Repository.ItemsOf(project, "ProjectReference")
            let folder = Path.Combine(Repository.Root, Path.GetDirectoryName(project)!)
            let needed = Path.GetRelativePath(Repository.Root, Path.GetFullPath(reference, folder))
            where !IsPacked(needed)
            select $"{project} is packed and needs {needed}, which is not");

    private static bool IsPacked(string project) =>
        Repository.Read($"{project.Split('/')[0]}/Directory.Build.props")
            .Contains("<IsPackable>true</IsPackable>", StringComparison.Ordinal);
}
