namespace Ikada.Bench;

/// <summary>What keeps a measurement from being made, for the user.</summary>
internal sealed class BenchException(string message) : Exception(message);
