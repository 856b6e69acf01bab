namespace Ikada.Log.Snapshots;

/// <summary>What opening a shelf came upon.</summary>
public sealed record SnapshotReport
{
    /// <summary>Every snapshot that could not be used: file (its name before it was set aside), offset, end
    /// and what is wrong.</summary>
    public IReadOnlyList<FoundDamage> Damage => DamageFound;

    /// <summary>How many unfinished files were deleted.</summary>
    public int PartsDeleted { get; internal set; }

    internal List<FoundDamage> DamageFound { get; } = [];
}
