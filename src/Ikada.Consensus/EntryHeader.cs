using Ikada.Primitives;

namespace Ikada.Consensus;

/// <summary>What the core knows of an entry: all but its body.</summary>
/// <param name="Term">The term it was made in; ignored in a proposal.</param>
/// <param name="Kind">What it means.</param>
/// <param name="SizeBytes">The length of its body, in bytes.</param>
/// <param name="Membership">For <see cref="EntryKind.Membership"/>, the decoded membership; else
/// null.</param>
public readonly record struct EntryHeader(
    Term Term, EntryKind Kind, int SizeBytes, Membership? Membership = null);
