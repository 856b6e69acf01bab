namespace Ikada.Primitives;

/// <summary>What a node must remember of elections and commit across a crash (§5, figure 2).</summary>
/// <param name="Term">The latest term the node has seen.</param>
/// <param name="Vote">Whom it voted for in that term; <see cref="NodeId.None"/> if nobody.</param>
/// <param name="Commit">The highest index it knew committed when the record was written. A hint: it never
/// causes a write of its own and may be behind.</param>
public readonly record struct HardState(Term Term, NodeId Vote, LogIndex Commit);
