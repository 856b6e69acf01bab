using System.IO.Compression;
using System.Xml.Linq;

namespace Ikada.EndToEnd.Tests;

/// <summary>What eng/Pack.proj makes of the build that is there.</summary>
public sealed class PackTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("ikada-pack-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task A_package_has_readme_documentation_licence_and_symbols_and_what_it_needs_is_packed_too()
    {
        var packed = await Command.RunAsync(
            "dotnet", [], "msbuild", Path.Combine(SourceTree.Root, "eng", "Pack.proj"), "-nologo", "-m:1",
            "-p:NoBuild=true", $"-p:To={_directory.FullName}");
        packed.Succeeded();
        var packages = _directory.GetFiles("*.nupkg").Select(Package.Read).ToList();

        Assert.Contains(packages, package => package.Id == "Ikada");
        var ids = packages.Select(package => package.Id).ToHashSet();
        Assert.All(packages, package =>
        {
            Assert.Contains("README.md", package.Files);
            Assert.Contains($"lib/net10.0/{package.Id}.dll", package.Files);
            Assert.Contains($"lib/net10.0/{package.Id}.xml", package.Files);
            Assert.Equal("Apache-2.0", package.Licence);
            Assert.NotEqual("Package Description", package.Description);
            Assert.Empty(package.Needs.Where(need => need.StartsWith("Ikada", StringComparison.Ordinal))
                .Except(ids));
            var symbols = Path.ChangeExtension(package.Path, ".snupkg");
            Assert.Contains($"lib/net10.0/{package.Id}.pdb", Package.Read(new FileInfo(symbols)).Files);
        });
    }

    private sealed record Package(
        string Path, string Id, string Description, string Licence, IReadOnlyList<string> Needs,
        IReadOnlyList<string> Files)
    {
        public static Package Read(FileInfo file)
        {
            using var archive = ZipFile.OpenRead(file.FullName);
            var entry = archive.Entries.Single(one => one.Name.EndsWith(".nuspec", StringComparison.Ordinal));
            using var stream = entry.Open();
            var nuspec = XDocument.Load(stream);
            return new Package(
                file.FullName, Text("id"), Text("description"), Text("license"),
                [.. All("dependency").Select(one => (string)one.Attribute("id")!)],
                [.. archive.Entries.Select(one => one.FullName)]);

            IEnumerable<XElement> All(string name) =>
                nuspec.Descendants().Where(one => one.Name.LocalName == name);
            string Text(string name) => All(name).FirstOrDefault()?.Value ?? string.Empty;
        }
    }
}
