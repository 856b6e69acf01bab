namespace Ikada.Consensus.Handlers;

/// <summary>A node with a damaged log asks for entries, or gets them.</summary>
internal static class OnEntry
{
    public static void Asked(ConsensusState state, in Message message) =>
        throw new InvalidOperationException($"{message.Type} {state.Term}");

    public static void Got(ConsensusState state, in Message message, ReadOnlySpan<EntryHeader> entries) =>
        throw new InvalidOperationException($"{message.Type} {state.Term} {entries.Length}");
}
