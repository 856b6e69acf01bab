using System.Globalization;
using System.Text.RegularExpressions;

namespace Ikada.EndToEnd.Tests;

/// <summary>The library in a program with native AOT: no reflection, no code made at run time.</summary>
public sealed partial class NativeAotTests : IDisposable
{
    private const long BytesMax = 16 << 20;
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("ikada-aot-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    [Trait("Needs", "gcc")]
    [Trait("Needs", "libc-headers")]
    public async Task The_smoke_sample_is_published_without_a_warning_and_runs()
    {
        var project = Path.Combine(SourceTree.Root, "samples", "AotSmoke", "AotSmoke.csproj");
        var published = await Command.RunAsync(
            "dotnet", [], "publish", project, "-c", "Release", "--no-restore", "-nologo", "-m:1",
            "-p:BuildProjectReferences=false", "-o", _directory.FullName);
        published.Succeeded();
        Assert.DoesNotMatch(": warning ", published.Output);

        var program = Path.Combine(_directory.FullName, "AotSmoke");
        var run = await Command.RunAsync(program, []);

        run.Succeeded();
        Assert.Contains("total 42", run.Output, StringComparison.Ordinal);
        Assert.InRange(new FileInfo(program).Length, 1, BytesMax);
        var start = int.Parse(MainAfter().Match(run.Output).Groups[1].Value, CultureInfo.InvariantCulture);
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{new FileInfo(program).Length} bytes, Main after {start} ms\n{run.Output}");
    }

    [GeneratedRegex(@"in Main after (\d+) ms")]
    private static partial Regex MainAfter();
}
