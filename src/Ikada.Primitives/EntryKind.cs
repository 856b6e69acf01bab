namespace Ikada.Primitives;

/// <summary>What an entry means to the parts that read it. The numbers are on disk and on the wire: never
/// reuse one.</summary>
public enum EntryKind : byte
{
    /// <summary>Not an entry.</summary>
    None = 0,

    /// <summary>The empty entry with which a leader opens its term (§8). The state machine does not see
    /// it.</summary>
    Empty = 1,

    /// <summary>A command for the state machine.</summary>
    Command = 2,

    /// <summary>A membership of the group; effective as soon as it is appended (§6).</summary>
    Membership = 3,
}
