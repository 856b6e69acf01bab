namespace Ikada.Repository.Tests;

/// <summary>The rooms that are deterministic: no task, thread, clock, file, socket or logger.</summary>
internal static class PureRooms
{
    public static readonly string[] Names =
    [
        "Ikada.Primitives", "Ikada.Consensus", "Ikada.Log", "Ikada.StateMachine", "Ikada.KeyValue",
        "Ikada.Replica", "Ikada.Wire",
    ];

    public static string ProjectOf(string room) => $"src/{room}/{room}.csproj";
}
