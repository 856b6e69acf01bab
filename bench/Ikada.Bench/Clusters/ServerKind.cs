namespace Ikada.Bench.Clusters;

/// <summary>A program whose servers are measured; its flags are etcd's.</summary>
/// <param name="Name">As tables show it.</param>
/// <param name="Program">Its file.</param>
/// <param name="Verb">What comes before the flags.</param>
/// <param name="Flags">What comes behind those of the cluster.</param>
internal sealed record ServerKind(
    string Name, string Program, IReadOnlyList<string> Verb, IReadOnlyList<string> Flags)
{
    public const string Ikada = "ikada";
    public const string Etcd = "etcd";

    public static ServerKind OfIkada(string program, params string[] flags) =>
        new(Ikada, program, ["serve"], flags);

    public static ServerKind OfEtcd(string program, params string[] flags) =>
        new(Etcd, program, [], ["--log-level=error", .. flags]);
}
