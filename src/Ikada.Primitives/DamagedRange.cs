namespace Ikada.Primitives;

/// <summary>Entries that stand in the log and cannot be read.</summary>
/// <param name="First">The first.</param>
/// <param name="Last">The last.</param>
/// <param name="Term">The term of all of them; 0 if it is lost too. Then it lies between those of the
/// neighbours.</param>
public readonly record struct DamagedRange(LogIndex First, LogIndex Last, Term Term);
