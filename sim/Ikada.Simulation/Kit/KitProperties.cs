namespace Ikada.Simulation.Kit;

/// <summary>The names of what is demanded of a user's state machine.</summary>
internal static class KitProperties
{
    public const string Deterministic = "the state machine is deterministic";
    public const string HashTells = "StateHash tells states apart";
    public const string AppliesAll = "Apply takes every committed command";
    public const string AnswersAll = "Query answers every query";
    public const string QueriesOnly = "Query changes nothing";
    public const string Restores = "a snapshot restores to the state it was taken of";
    public const string Captures = "a snapshot can be taken of every state";
    public const string Stays = "a snapshot stays as it was taken";
    public const string StartsEmpty = "a new state machine is empty and in memory";
    public const string Linearizable = "operations are linearizable";
    public const string Model = "the state machine answers as the model does";
    public const string RepeatableRequests = "the clients draw only from the random source they are given";
    public const string Repeatable = "a seed gives one run";

    /// <summary>The property of an invariant of the user's.</summary>
    public static string Invariant(string name) => $"invariant: {name}";
}
