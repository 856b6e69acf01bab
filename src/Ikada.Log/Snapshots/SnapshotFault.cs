namespace Ikada.Log.Snapshots;

/// <summary>Why a file is not a good snapshot, and where. The default: nothing is wrong.</summary>
/// <param name="Offset">Where it begins.</param>
/// <param name="End">Where it ends.</param>
/// <param name="What">What is wrong there; null: nothing.</param>
/// <param name="UnknownVersion">The version of its format, if that is what is wrong.</param>
internal readonly record struct SnapshotFault(
    long Offset, long End, string? What, uint UnknownVersion = 0)
{
    public bool IsNone => What is null;

    /// <summary>As an operator gets it.</summary>
    public FoundDamage? At(string file) => What is null ? null : new FoundDamage(file, Offset, End, What);
}
