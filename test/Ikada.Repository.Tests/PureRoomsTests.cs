using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Ikada.Repository.Tests;

/// <summary>
/// The analyzer refuses banned symbols when a pure room is compiled; these tests hold that it is switched on
/// there and look into the built assemblies, where a suppression does not hide a use.
/// </summary>
public class PureRoomsTests
{
    private const string BannedList = "eng/BannedSymbols.PureRooms.txt";

    // What the compiler itself writes into an iterator.
    private const string IteratorThread = "System.Environment.get_CurrentManagedThreadId";

    [Fact]
    public void The_build_gives_every_pure_room_its_list_of_banned_symbols()
    {
        var props = Repository.Read("src/Directory.Build.props");
        Assert.Contains(Path.GetFileName(BannedList), props, StringComparison.Ordinal);
        Assert.Contains("Microsoft.CodeAnalysis.BannedApiAnalyzers", props, StringComparison.Ordinal);
        Expect.None(PureRooms.Names.Where(room => !props.Contains($";{room};", StringComparison.Ordinal))
            .Select(room => $"src/Directory.Build.props does not name {room} as a pure room"));
    }

    [Theory]
    [InlineData("N:System.Threading")]
    [InlineData("N:System.Threading.Tasks")]
    [InlineData("N:System.Net.Sockets")]
    [InlineData("N:System.Linq")]
    [InlineData("N:Microsoft.Extensions.Logging")]
    [InlineData("T:System.DateTime")]
    [InlineData("T:System.Diagnostics.Stopwatch")]
    [InlineData("T:System.Random")]
    [InlineData("T:System.IO.File")]
    [InlineData("T:System.HashCode")]
    public void The_list_bans(string symbol) =>
        Assert.Contains(
            Repository.Read(BannedList).Split('\n'),
            line => line.StartsWith(symbol + ";", StringComparison.Ordinal));

    [Fact]
    public void Built_pure_rooms_use_no_banned_symbol() =>
        Expect.None(
            from room in PureRooms.Names
            from use in BannedUses(Repository.AssemblyOf(PureRooms.ProjectOf(room)))
            select $"{room} uses {use}");

    [Fact]
    public void A_use_of_a_banned_symbol_is_found_in_an_assembly() =>
        Assert.Contains(
            BannedUses(typeof(PureRoomsTests).Assembly.Location),
            use => use.StartsWith("System.IO.File.", StringComparison.Ordinal));

    private static IEnumerable<string> BannedUses(string assembly)
    {
        var banned = Repository.Read(BannedList).Split('\n').Select(line => line.Split(';')[0]).ToList();
        var types = Names(banned, "T:");
        var spaces = Names(banned, "N:");
        var members = Names(banned, "M:");
        using var file = new PEReader(File.OpenRead(assembly));
        var metadata = file.GetMetadataReader();
        return [.. metadata.MemberReferences
            .Select(metadata.GetMemberReference)
            .Where(member => member.Parent.Kind == HandleKind.TypeReference)
            .Select(member =>
            {
                var type = metadata.GetTypeReference((TypeReferenceHandle)member.Parent);
                return (Space: metadata.GetString(type.Namespace), Type: metadata.GetString(type.Name),
                    Member: metadata.GetString(member.Name));
            })
            .Where(use => spaces.Contains(use.Space) || types.Contains($"{use.Space}.{use.Type}")
                || members.Contains($"{use.Space}.{use.Type}.{use.Member}"))
            .Select(use => $"{use.Space}.{use.Type}.{use.Member}")
            .Where(use => use != IteratorThread)
            .Distinct()];
    }

    private static HashSet<string> Names(IEnumerable<string> symbols, string kind) =>
        [.. symbols.Where(symbol => symbol.StartsWith(kind, StringComparison.Ordinal))
            .Select(symbol => symbol[kind.Length..])];
}
