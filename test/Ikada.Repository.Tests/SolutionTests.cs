using System.Runtime.Versioning;
using System.Xml.Linq;

namespace Ikada.Repository.Tests;

public class SolutionTests
{
    [Fact]
    public void The_solution_lists_every_project_and_nothing_else()
    {
        var listed = XDocument.Parse(Repository.Read("Ikada.slnx")).Descendants("Project")
            .Select(project => (string)project.Attribute("Path")!)
            .ToList();
        Expect.None(Repository.Projects.Except(listed)
            .Select(project => $"{project} is missing in Ikada.slnx: run ./fix"));
        Expect.None(listed.Except(Repository.Projects)
            .Select(project => $"Ikada.slnx lists {project}, which is not there: run ./fix"));
    }

    [Fact]
    public void Every_project_has_its_lock_file() =>
        Expect.None(
            from project in Repository.Projects
            let lockFile = Path.Combine(Path.GetDirectoryName(project)!, "packages.lock.json")
            where !File.Exists(Path.Combine(Repository.Root, lockFile))
            select $"{lockFile} is missing: run ./fix");

    [Fact]
    public void Every_test_project_lies_where_check_looks_and_is_named_after_its_subject() =>
        Expect.None(
            from project in Repository.Projects
            let isTest = project.EndsWith(".Tests.csproj", StringComparison.Ordinal)
            where isTest && !project.StartsWith("test/", StringComparison.Ordinal)
                && !project.StartsWith("samples/", StringComparison.Ordinal)
            select $"{project} belongs under test/, or beside its sample under samples/");

    [Fact]
    [SupportedOSPlatform("linux")]
    public void Every_script_at_the_root_is_executable_and_stops_at_the_first_error() =>
        Expect.None(
            from script in Repository.Scripts
            let mode = File.GetUnixFileMode(Path.Combine(Repository.Root, script))
            where !mode.HasFlag(UnixFileMode.UserExecute)
                || !Repository.Read(script).Contains("set -euo pipefail", StringComparison.Ordinal)
            select $"{script}: chmod +x and 'set -euo pipefail' are needed");
}
