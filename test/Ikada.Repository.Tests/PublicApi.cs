using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Ikada.Repository.Tests;

/// <summary>The public types and members of an assembly, a line each.</summary>
internal static class PublicApi
{
    private static readonly SymbolDisplayFormat Format = new(
        SymbolDisplayGlobalNamespaceStyle.Omitted,
        SymbolDisplayTypeQualificationStyle.NameAndContainingTypesAndNamespaces,
        SymbolDisplayGenericsOptions.IncludeTypeParameters | SymbolDisplayGenericsOptions.IncludeVariance
            | SymbolDisplayGenericsOptions.IncludeTypeConstraints,
        SymbolDisplayMemberOptions.IncludeParameters | SymbolDisplayMemberOptions.IncludeType
            | SymbolDisplayMemberOptions.IncludeContainingType | SymbolDisplayMemberOptions.IncludeRef
            | SymbolDisplayMemberOptions.IncludeModifiers | SymbolDisplayMemberOptions.IncludeConstantValue,
        SymbolDisplayDelegateStyle.NameAndSignature,
        SymbolDisplayExtensionMethodStyle.StaticMethod,
        SymbolDisplayParameterOptions.IncludeType | SymbolDisplayParameterOptions.IncludeName
            | SymbolDisplayParameterOptions.IncludeParamsRefOut
            | SymbolDisplayParameterOptions.IncludeDefaultValue
            | SymbolDisplayParameterOptions.IncludeExtensionThis,
        SymbolDisplayPropertyStyle.ShowReadWriteDescriptor,
        SymbolDisplayLocalOptions.None,
        SymbolDisplayKindOptions.IncludeTypeKeyword | SymbolDisplayKindOptions.IncludeMemberKeyword,
        SymbolDisplayMiscellaneousOptions.UseSpecialTypes
            | SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier);

    public static string Render(string assembly)
    {
        var runtime = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        var references = Directory.EnumerateFiles(Path.GetDirectoryName(assembly)!, "*.dll")
            .Concat(Directory.EnumerateFiles(runtime, "*.dll"))
            .Where(path => !path.Contains("Native", StringComparison.Ordinal))
            .Select(path => (Path: path, Reference: MetadataReference.CreateFromFile(path)))
            .ToList();
        var compilation = CSharpCompilation.Create(
            "api", references: references.Select(one => one.Reference));
        var subject = references.Single(one => one.Path == assembly).Reference;
        var symbol = (IAssemblySymbol)compilation.GetAssemblyOrModuleSymbol(subject)!;
        var types = Types(symbol.GlobalNamespace)
            .OrderBy(type => type.ToDisplayString(), StringComparer.Ordinal);
        return string.Concat(types.SelectMany(Lines).Select(line => line + "\n"));
    }

    private static IEnumerable<INamedTypeSymbol> Types(INamespaceOrTypeSymbol place) =>
        place.GetMembers().SelectMany(member => member switch
        {
            INamespaceSymbol space => Types(space),
            INamedTypeSymbol { DeclaredAccessibility: Accessibility.Public } type =>
                Types(type).Prepend(type),
            _ => [],
        });

    private static IEnumerable<string> Lines(INamedTypeSymbol type)
    {
        var bases = type.Interfaces.Select(one => one.ToDisplayString(Format)).Order(StringComparer.Ordinal);
        var sealing = type is { TypeKind: TypeKind.Class, IsStatic: true } ? "static "
            : type is { TypeKind: TypeKind.Class, IsSealed: true } ? "sealed " : string.Empty;
        yield return string.Join(" : ", new[]
        {
            sealing + type.ToDisplayString(Format), string.Join(", ", bases),
        }.Where(part => part.Length > 0));
        var members = type.GetMembers().Where(IsPublic).Select(member => member.ToDisplayString(Format));
        foreach (var member in members.Order(StringComparer.Ordinal))
        {
            yield return "    " + member.Replace(
                "default(System.Threading.CancellationToken)", "default", StringComparison.Ordinal);
        }
    }

    // What the compiler adds to a record is in none of its sources.
    private static bool IsPublic(ISymbol member) =>
        member.DeclaredAccessibility is Accessibility.Public or Accessibility.Protected
        && member is not (INamedTypeSymbol or IMethodSymbol { AssociatedSymbol: not null }
            or IMethodSymbol { IsImplicitlyDeclared: true })
        && !member.GetAttributes().Any(one => one.AttributeClass?.Name == "CompilerGeneratedAttribute");
}
