namespace Ikada.Simulation.Disk;

/// <summary>A point at which the power can go, by name: which operation, which call of it, on what kind of
/// file, and before, in the middle of or after the call.</summary>
/// <param name="Site">Which call: an index into <see cref="CrashPoints.Sites"/>.</param>
/// <param name="Moment">When.</param>
internal readonly record struct CrashPoint(int Site, CrashMoment Moment)
{
    /// <summary>Its number among all points.</summary>
    public int Number => (Site * CrashPoints.Moments) + (int)Moment;

    /// <summary>Whether it is in a start.</summary>
    public bool IsInStart => CrashPoints.Sites[Site].StartsWith(CrashPoints.Start, StringComparison.Ordinal);

    /// <summary>Its name, as "Batch: halfway write of segment".</summary>
    public override string ToString()
    {
        var site = CrashPoints.Sites[Site];
        var at = site.IndexOf(':', StringComparison.Ordinal) + 2;
        return $"{site[..at]}{Moment.ToString().ToLowerInvariant()} {site[at..]}";
    }
}

/// <summary>The calls that log, snapshots and directory make on a disk, and what each is for. A call that a
/// long run never makes is not in the list: it would never be visited.</summary>
internal static class CrashPoints
{
    public const int Moments = (int)CrashMoment.After + 1;

    /// <summary>What a start does is called so.</summary>
    public const string Start = "Start";

    /// <summary>Every call, as "operation: call of file".</summary>
    public static readonly string[] Sites =
    [
        "Start: delete of node.identity.new", "Start: create of node.identity.new",
        "Start: write of node.identity.new", "Start: fdatasync of node.identity.new",
        "Start: rename of node.identity.new", "Start: fsync of directory",
        "Start: create of free", "Start: write of free", "Start: fdatasync of free", "Start: rename of free",
        "Start: write of segment", "Start: fdatasync of segment", "Start: delete of part",
        "Batch: write of segment", "Batch: fdatasync of segment",
        "Batch with a head: write of segment", "Batch with a head: fdatasync of segment",
        "Preparation: create of free", "Preparation: write of free", "Preparation: fdatasync of free",
        "Preparation: rename of free", "Preparation: fsync of directory",
        "Free: rename of segment", "Free: delete of segment", "Free: fsync of directory",
        "SaveSnapshot: create of part", "SaveSnapshot: write of part", "SaveSnapshot: fdatasync of part",
        "SaveSnapshot: rename of part", "SaveSnapshot: fsync of directory",
        "WriteSnapshotPiece: create of part", "WriteSnapshotPiece: write of part",
        "WriteSnapshotPiece: delete of part",
        "FinishSnapshot: fdatasync of part", "FinishSnapshot: rename of part",
        "FinishSnapshot: fsync of directory",
        "DeleteSnapshot: delete of snapshot", "DeleteSnapshot: fsync of directory",
        "DropPart: delete of part",
    ];

    private static readonly Dictionary<string, int> Numbers = Numbered();

    /// <summary>Every point. Only what takes a while has a middle.</summary>
    public static IReadOnlyList<CrashPoint> All { get; } = Points();

    /// <summary>Beyond the number of any point.</summary>
    public static int Count => Sites.Length * Moments;

    /// <summary>Which call that is; -1: one that is not in the list.</summary>
    public static int SiteOf(string doing, string call, string file) =>
        Numbers.GetValueOrDefault($"{doing}: {call} of {KindOf(file)}", -1);

    private static List<CrashPoint> Points()
    {
        var points = new List<CrashPoint>();
        for (var site = 0; site < Sites.Length; site++)
        {
            points.Add(new CrashPoint(site, CrashMoment.Before));
            if (Sites[site].Contains(": write", StringComparison.Ordinal)
                || Sites[site].Contains("sync", StringComparison.Ordinal))
            {
                points.Add(new CrashPoint(site, CrashMoment.Halfway));
            }

            points.Add(new CrashPoint(site, CrashMoment.After));
        }

        return points;
    }

    private static string KindOf(string file)
    {
        var dash = file.IndexOf('-', StringComparison.Ordinal);
        return file.EndsWith(".part", StringComparison.Ordinal) ? "part" : dash < 0 ? file : file[..dash];
    }

    private static Dictionary<string, int> Numbered()
    {
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < Sites.Length; i++)
        {
            numbers.Add(Sites[i], i);
        }

        return numbers;
    }
}
