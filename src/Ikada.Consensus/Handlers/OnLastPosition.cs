namespace Ikada.Consensus.Handlers;

/// <summary>An unsure node asks for last positions, or is told one.</summary>
internal static class OnLastPosition
{
    public static void Asked(ConsensusState state, in Message message) =>
        throw new InvalidOperationException($"{message.Type} {state.Term}");

    public static void Told(ConsensusState state, in Message message) =>
        throw new InvalidOperationException($"{message.Type} {state.Term}");
}
