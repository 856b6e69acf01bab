using Ikada.Primitives;

namespace Ikada.Log;

/// <summary>What recovery tells of an entry.</summary>
/// <param name="Index">Its place; of a damaged run, the first.</param>
/// <param name="Term">Its term; of a damaged run, that of all, or 0 if it is lost too.</param>
/// <param name="Kind">What it means.</param>
/// <param name="SizeBytes">The length of its body.</param>
/// <param name="MembershipBody">The body, if it is a membership.</param>
public readonly record struct RecoveredEntry(
    LogIndex Index, Term Term, EntryKind Kind, int SizeBytes, ReadOnlyMemory<byte> MembershipBody)
{
    /// <summary>Whether these are entries that are held but cannot be read: kind and size are
    /// unknown.</summary>
    public bool IsDamaged { get; init; }

    /// <summary>The last of a damaged run; else the entry itself.</summary>
    public LogIndex Last { get; init; } = Index;
}
