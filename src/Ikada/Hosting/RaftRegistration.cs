namespace Ikada;

/// <summary>That a group is registered, with which options.</summary>
internal sealed record RaftRegistration(string OptionsName, Type Machine);
