namespace Ikada.Simulation.Checkers;

/// <summary>Where a batch of the log stands on the disk, and which entries it holds.</summary>
internal readonly record struct BatchPlace(string File, long Offset, int Length, ulong First, ulong Last);
