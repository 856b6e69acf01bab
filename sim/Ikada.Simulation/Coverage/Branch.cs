namespace Ikada.Simulation.Coverage;

/// <summary>A branch of the production code that only faults reach, and how often a run came by it.</summary>
/// <param name="Name">What happens there.</param>
/// <param name="Count">How often, of the numbers of a run.</param>
internal sealed record Branch(string Name, Func<RunCounts, long> Count)
{
    /// <summary>All that a long run must come by.</summary>
    public static IReadOnlyList<Branch> All { get; } =
    [
        new("a write of unknown outcome", static counts => counts.Unknown),
        new("a refused request", static counts => counts.Refused),
        new("a change of the membership applied", static counts => counts.ChangesApplied),
        new("a change of the membership refused", static counts => counts.ChangesRefused),
        new("leadership handed over", static counts => counts.Transfers),
        new("a read under a lease", static counts => counts.LeaseReads),
        new("a lease that passed during a read", static counts => counts.LeasesPassed),
        new("a snapshot installed", static counts => counts.Storage.Installed),
        new("an install completed after a crash", static counts => counts.Storage.Completed),
        new("a transfer of a snapshot resumed", static counts => counts.Storage.Resumed),
        new("a snapshot that failed", static counts => counts.Storage.Failed),
        new("a state lost and asked of the others", static counts => counts.Storage.StatesMissing),
        new("a segment freed", static counts => counts.Storage.SegmentsFreed),
        new("a freed segment used again", static counts => counts.Storage.SegmentsReused),
        new("an entry written forward or repaired", static counts => counts.Storage.Rewritten),
        new("a log without space", static counts => counts.Storage.NoSpaceEpisodes),
        new("a node stopped by its disk", static counts => counts.Storage.DiskStops),
    ];
}
