using Ikada.Primitives;

namespace Ikada.Testing.Logs;

/// <summary>A log, as simple as it can be: a base, and the terms of what stands behind it.</summary>
internal sealed record WalkState(LogPosition Base, ulong[] Terms)
{
    public ulong Last => Base.Index.Value + (ulong)Terms.Length;

    public ulong LastTerm => Terms.Length == 0 ? Base.Term.Value : Terms[^1];

    public ulong TermOf(ulong index) => Terms[index - Base.Index.Value - 1];

    public LogPosition PositionOf(ulong index) => new(new LogIndex(index), new Term(TermOf(index)));

    public WalkState Appended(ulong term) => this with { Terms = [.. Terms, term] };

    public WalkState Truncated(ulong first) =>
        this with { Terms = Terms[..(int)(first - Base.Index.Value - 1)] };

    public WalkState Compacted(ulong index) =>
        new(PositionOf(index), Terms[(int)(index - Base.Index.Value)..]);

    public override string ToString() => $"{Base} to {LastTerm}/{Last}";

    /// <summary>Whether a group says that it is this.</summary>
    public bool Is(ILogGroupSubject group)
    {
        if (group.Base != Base || group.Last.Index.Value != Last)
        {
            return false;
        }

        for (var i = 0; i < Terms.Length; i++)
        {
            var index = new LogIndex(Base.Index.Value + 1 + (ulong)i);
            if (!group.TryGetTerm(index, out var term) || term.Value != Terms[i])
            {
                return false;
            }
        }

        return true;
    }
}
