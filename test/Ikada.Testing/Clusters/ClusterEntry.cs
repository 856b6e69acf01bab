using Ikada.Consensus;
using Ikada.Primitives;
using Ikada.Testing.Scripts;

namespace Ikada.Testing.Clusters;

/// <summary>An entry in the log of a scripted node.</summary>
/// <param name="Term">Its term.</param>
/// <param name="Kind">What it means.</param>
/// <param name="Body">What tells it apart.</param>
/// <param name="SizeBytes">How large it is said to be.</param>
/// <param name="Membership">That of a membership entry.</param>
public sealed record ClusterEntry(
    Term Term, EntryKind Kind, string Body, int SizeBytes, Membership? Membership = null)
{
    /// <summary>What the core is told of it.</summary>
    public EntryHeader Header => new(Term, Kind, SizeBytes, Membership);

    /// <summary>Whether it stands in the log and cannot be read.</summary>
    public bool IsDamaged { get; init; }

    /// <summary>Whether its term cannot be read either.</summary>
    public bool IsTermLost { get; init; }

    /// <summary>The term as far as recovery can read it.</summary>
    public Term ReadableTerm => IsTermLost ? default : Term;

    /// <summary>An entry without a body, as a leader opens its term with.</summary>
    public static ClusterEntry Empty(Term term) => new(term, EntryKind.Empty, string.Empty, 0);

    /// <summary>A command.</summary>
    public static ClusterEntry Command(Term term, string body, int sizeBytes) =>
        new(term, EntryKind.Command, body, sizeBytes);

    /// <summary>A membership.</summary>
    public static ClusterEntry Of(Term term, Membership membership) =>
        new(term, EntryKind.Membership, string.Empty, membership.Encode().Length, membership);

    /// <summary>The entry as traces show it, at its index.</summary>
    public string At(LogIndex index) =>
        $"{Term}/{index}" + (IsDamaged ? "?" : Kind switch
        {
            EntryKind.Membership => $"[{MembershipText.Of(Membership!)}]",
            EntryKind.Command when Body.Length > 0 => $"\"{Body}\"",
            _ => string.Empty,
        });
}
