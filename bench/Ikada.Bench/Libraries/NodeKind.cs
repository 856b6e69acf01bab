namespace Ikada.Bench.Libraries;

/// <summary>A library, as a program of ours runs a node of it.</summary>
/// <param name="Name">As tables show it.</param>
/// <param name="Program">Its file.</param>
/// <param name="Mode">How it is set up, in the words of the program.</param>
internal sealed record NodeKind(string Name, string Program, string Mode);
