using System.Diagnostics.CodeAnalysis;
using Ikada.Consensus;
using Ikada.Primitives;

namespace Ikada;

/// <summary>What became of a command.</summary>
public enum OutcomeStatus
{
    /// <summary>Not known: it may have been applied, may still be, or never. So ends a command whose caller
    /// gave up, and without sessions one whose leader was lost.</summary>
    Unknown = 0,

    /// <summary>Committed and applied, exactly once.</summary>
    Applied,

    /// <summary>Not applied, and it never will be.</summary>
    Refused,

    /// <summary>The session that vouches for exactly once was dropped from the replicated table while the
    /// command's earlier attempts were in doubt: it was applied once or never, and nobody can tell any
    /// more.</summary>
    SessionExpired,
}

/// <summary>What became of a command, with its result.</summary>
/// <typeparam name="TResult">What the state machine answers.</typeparam>
public readonly record struct Outcome<TResult>
{
    private readonly TResult? _result;

    internal Outcome(OutcomeStatus status, TResult? result) => (Status, _result) = (status, result);

    /// <summary>Applied, refused, unknown, or expired.</summary>
    public OutcomeStatus Status { get; }

    /// <summary>Whether it was committed and applied.</summary>
    [MemberNotNullWhen(true, nameof(_result))]
    public bool IsApplied => Status == OutcomeStatus.Applied;

    /// <summary>Applied: the result of the state machine.</summary>
    /// <exception cref="InvalidOperationException">It is not applied; says what happened.</exception>
    public TResult Result => IsApplied
        ? _result
        : throw new InvalidOperationException($"there is no result: {this}");

    /// <summary>Applied: where the command stands in the log. Rises with every command, so it serves as a
    /// fencing token.</summary>
    public LogIndex Index { get; internal init; }

    /// <summary>Refused: why.</summary>
    public Refusal Refusal { get; internal init; }

    /// <summary>Refused: who leads, if that is known; else null.</summary>
    public RaftMember? Leader { get; internal init; }

    /// <summary>The same of another result.</summary>
    internal Outcome<TOther> With<TOther>(Func<TResult, TOther> convert) =>
        new(Status, IsApplied ? convert(_result) : default)
        {
            Index = Index, Refusal = Refusal, Leader = Leader,
        };

    /// <summary>What happened, as text.</summary>
    public override string ToString() => Status switch
    {
        OutcomeStatus.Applied => $"applied at {Index}: {_result}",
        OutcomeStatus.Refused when Leader is not null => $"refused ({Refusal}); {Leader} leads",
        OutcomeStatus.Refused => $"refused ({Refusal})",
        OutcomeStatus.SessionExpired => "the session expired while the command was in doubt",
        _ => "unknown: it may have been applied, or may still be",
    };
}

/// <summary>Makes outcomes; for those who stand in for a node in their tests, too.</summary>
public static class Outcome
{
    /// <summary>It was applied.</summary>
    public static Outcome<TResult> Applied<TResult>(LogIndex index, TResult result) =>
        new(OutcomeStatus.Applied, result) { Index = index };

    /// <summary>It was not, and never will be.</summary>
    public static Outcome<TResult> Refused<TResult>(Refusal why, RaftMember? leader) =>
        new(OutcomeStatus.Refused, default) { Refusal = why, Leader = leader };

    /// <summary>Nobody knows.</summary>
    public static Outcome<TResult> Unknown<TResult>() => default;

    /// <summary>Its session is gone.</summary>
    public static Outcome<TResult> SessionExpired<TResult>() => new(OutcomeStatus.SessionExpired, default);
}
