namespace Ikada.Primitives;

/// <summary>
/// An index with the term of the entry there. By log matching (§5.3) it names one entry, and with it the
/// whole log before it, uniquely in a group.
/// </summary>
/// <param name="Index">Where.</param>
/// <param name="Term">The term of the entry there; 0 at index 0.</param>
public readonly record struct LogPosition(LogIndex Index, Term Term)
{
    /// <summary>Whether a log ending here is at least as up to date as one ending at
    /// <paramref name="other"/>: the term decides, then the length (§5.4.1).</summary>
    public bool IsAtLeastAsUpToDateAs(LogPosition other) =>
        Term > other.Term || (Term == other.Term && Index >= other.Index);

    /// <inheritdoc/>
    public override string ToString() => $"{Term}/{Index}";
}
