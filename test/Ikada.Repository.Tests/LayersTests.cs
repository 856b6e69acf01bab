using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Ikada.Repository.Tests;

/// <summary>The three parts are siblings, and src/ knows nothing of app/ and sim/: eng/Layers.txt.</summary>
public class LayersTests
{
    private static IEnumerable<string> Rooms => Repository.Projects.Where(project => !IsTest(project));

    [Fact]
    public void Every_project_has_a_line_in_the_layers_and_every_line_a_project()
    {
        var rooms = Rooms.Select(Repository.NameOf).ToList();
        var lines = Repository.Layers.Keys;
        Expect.None(rooms.Except(lines).Select(name => $"{name} is missing in eng/Layers.txt"));
        Expect.None(lines.Except(rooms).Select(name => $"eng/Layers.txt names {name}: no project"));
    }

    [Fact]
    public void Project_files_reference_only_what_the_layers_allow() =>
        Expect.None(
            from project in Rooms
            from reference in Repository.ItemsOf(project, "ProjectReference").Select(Repository.NameOf)
            where !Allowed(project).Contains(reference)
            select $"{project} references {reference}");

    [Fact]
    public void Built_assemblies_reference_only_what_the_layers_allow() =>
        Expect.None(
            from project in Rooms
            from reference in AssemblyReferences(Repository.AssemblyOf(project))
            where reference.StartsWith("Ikada", StringComparison.Ordinal)
            where !Allowed(project).Contains(reference)
            select $"{Repository.NameOf(project)}.dll references {reference}");

    [Fact]
    public void No_project_references_a_test_project() =>
        Expect.None(
            from project in Repository.Projects
            from reference in Repository.ItemsOf(project, "ProjectReference").Select(Repository.NameOf)
            where reference.EndsWith(".Tests", StringComparison.Ordinal)
            select $"{project} references {reference}");

    [Fact]
    public void The_three_parts_are_siblings()
    {
        string[] parts = ["Ikada.Consensus", "Ikada.Log", "Ikada.StateMachine", "Ikada.KeyValue"];
        Expect.None(
            from part in parts
            from other in Repository.Layers[part].Intersect(parts)
            where (part, other) is not ("Ikada.KeyValue", "Ikada.StateMachine")
            select $"eng/Layers.txt lets {part} reference {other}");
    }

    [Fact]
    public void The_library_knows_nothing_of_the_programs_and_the_simulator() =>
        Expect.None(
            from project in Rooms
            where project.StartsWith("src/", StringComparison.Ordinal)
            from reference in Allowed(project)
            where !File.Exists(Path.Combine(Repository.Root, "src", reference, reference + ".csproj"))
            select $"eng/Layers.txt lets {Repository.NameOf(project)} reference {reference}");

    private static bool IsTest(string project) => project.EndsWith(".Tests.csproj", StringComparison.Ordinal);

    private static string[] Allowed(string project) =>
        Repository.Layers.GetValueOrDefault(Repository.NameOf(project), []);

    private static List<string> AssemblyReferences(string assembly)
    {
        using var file = new PEReader(File.OpenRead(assembly));
        var metadata = file.GetMetadataReader();
        return [.. metadata.AssemblyReferences
            .Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name))];
    }
}
