namespace Ikada.KeyValue;

/// <summary>Why the store refused a command or a read. The numbers are in results on the wire: never reuse
/// one.</summary>
public enum KeyValueError : byte
{
    /// <summary>Nothing was refused.</summary>
    None = 0,

    /// <summary>The bytes are not a command or query: cut short, too long, or with impossible
    /// fields.</summary>
    Malformed = 1,

    /// <summary>The command's kind or version is newer than this program.</summary>
    Unsupported = 2,

    /// <summary>The key is empty.</summary>
    KeyNotProvided = 3,

    /// <summary>Ignore-value or ignore-lease was asked of a key that does not exist.</summary>
    KeyNotFound = 4,

    /// <summary>Ignore-value was asked together with a value.</summary>
    ValueProvided = 5,

    /// <summary>Ignore-lease was asked together with a lease.</summary>
    LeaseProvided = 6,

    /// <summary>The lease does not exist.</summary>
    LeaseNotFound = 7,

    /// <summary>The revision asked for was compacted away.</summary>
    Compacted = 8,

    /// <summary>The revision asked for is not reached yet.</summary>
    FutureRevision = 9,

    /// <summary>The sort order or target is none of the known ones.</summary>
    InvalidSortOption = 10,

    /// <summary>There is a lease of that id already.</summary>
    LeaseExists = 11,

    /// <summary>The alarm NOSPACE is in force, and the command would make the data larger.</summary>
    NoSpace = 32,

    /// <summary>The alarm CORRUPT is in force.</summary>
    Corrupt = 33,

    /// <summary>The store is being filled from another one and takes nothing else.</summary>
    Migrating = 48,

    /// <summary>Only an empty store can be filled from another one.</summary>
    NotEmpty = 49,

    /// <summary>The step is not of the migration under way, or not its next one.</summary>
    NotThisMigration = 50,
}
