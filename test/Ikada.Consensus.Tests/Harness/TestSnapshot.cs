namespace Ikada.Consensus.Tests.Harness;

/// <summary>A state up to <see cref="Position"/>. The state is the list of the entries that made
/// it.</summary>
internal sealed record TestSnapshot(LogPosition Position, Membership Membership, TestEntry[] Entries);
