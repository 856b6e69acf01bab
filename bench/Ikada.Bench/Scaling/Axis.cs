using Ikada.Bench.Clusters;

namespace Ikada.Bench.Scaling;

/// <summary>What grows.</summary>
/// <param name="Id">As the option --only names it.</param>
/// <param name="Title">Of its plot: what is measured while what grows.</param>
/// <param name="Unit">Of its points, as the plot's axis names them.</param>
/// <param name="Points">Measured by default.</param>
/// <param name="FullPoints">Measured with --full.</param>
internal sealed record Axis(
    string Id, string Title, string Unit, IReadOnlyList<int> Points, IReadOnlyList<int> FullPoints)
{
    private const string Thousand = "k";
    private const string Million = "M";

    public static Axis Keys { get; } = new(
        "keys", "64 clients, values of 256 B, as data grows", "keys",
        [10_000, 100_000, 300_000], [10_000, 100_000, 1_000_000, 3_000_000, 10_000_000]);

    public static Axis Clients { get; } = new(
        "clients", "values of 256 B, as clients grow", "clients",
        [1, 4, 16, 64, 256, 1000], [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000, 2000, 4000]);

    public static Axis Nodes { get; } = new(
        "nodes", "256 clients, values of 256 B, as nodes grow", "nodes", [1, 3, 5], [1, 2, 3, 4, 5, 6, 7]);

    public static Axis Groups { get; } = new(
        "groups", "the library, 256 clients in its processes, commands of 16 B, as groups grow", "groups",
        [1, 10, 100], [1, 3, 10, 30, 100, 300, 1000]);

    public static Axis Values { get; } = new(
        "values", "64 clients, as values grow", "bytes",
        [16, 256, 4096, 65_536], [16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_000_000]);

    public static IReadOnlyList<Axis> All { get; } = [Keys, Clients, Nodes, Groups, Values];

    /// <summary>A point as people write it: 10k, 3M.</summary>
    public static string Text(int point) => point switch
    {
        >= 1_000_000 when point % 1_000_000 == 0 => $"{point / 1_000_000}{Million}",
        >= 1000 when point % 1000 == 0 => $"{point / 1000}{Thousand}",
        _ => $"{point}",
    };
}

/// <summary>A line of a plot.</summary>
/// <param name="Name">Who does what.</param>
/// <param name="Points">What has grown so far, and operations a second.</param>
internal sealed record Curve(string Name, List<(int At, double PerSecond)> Points);

/// <summary>How growth is measured.</summary>
/// <param name="Kinds">The servers.</param>
/// <param name="Library">The library's node.</param>
/// <param name="Axes">What grows.</param>
/// <param name="IsFull">All points of them.</param>
/// <param name="WarmUp">Of fresh servers.</param>
/// <param name="Window">Of a point.</param>
/// <param name="Where">A directory on the disk to measure.</param>
internal sealed record ScalePlan(
    IReadOnlyList<ServerKind> Kinds,
    string Library,
    IReadOnlyList<Axis> Axes,
    bool IsFull,
    TimeSpan WarmUp,
    TimeSpan Window,
    string Where);
