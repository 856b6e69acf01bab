using Ikada.Primitives;

namespace Ikada.Log.Snapshots;

/// <summary>Names a snapshot file and its bytes: two nodes whose state machines write the same bytes for the
/// same state make the same file, so that a transfer can go on from another sender.</summary>
/// <param name="Group">Whose state.</param>
/// <param name="Position">The last entry in it.</param>
/// <param name="Membership">The membership as of that entry.</param>
/// <param name="FileBytes">The length of the file.</param>
/// <param name="Hash">XxHash128 of the whole file but its last field.</param>
public sealed record SnapshotDescriptor(
    GroupId Group, LogPosition Position, Membership Membership, long FileBytes, UInt128 Hash);
