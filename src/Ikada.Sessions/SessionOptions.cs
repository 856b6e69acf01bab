namespace Ikada.Sessions;

/// <summary>
/// The bounds of the table of sessions. They decide what is forgotten, so all replicas must keep to the same
/// ones: they travel in the command that opens a session, and those of the last one opened are in force.
/// </summary>
public sealed record SessionOptions
{
    internal const int SessionsLimit = 1_000_000;
    internal const int CommandsLimit = 65_536;
    internal const long AnswerBytesLeast = 1 << 10;

    /// <summary>The most sessions. One more, and the least recently used one goes. Default 10000; 1 to
    /// 1000000.</summary>
    public int SessionsMax { get; init; } = 10_000;

    /// <summary>The most commands of one session whose answers its client has not acknowledged. Default 256;
    /// 1 to 65536. A session keeps the one it was opened with.</summary>
    public int CommandsPerSessionMax { get; init; } = 256;

    /// <summary>The most bytes of kept answers, of all sessions together, each counted with 32 bytes more
    /// than it has. Where they are exceeded the least recently used sessions go; looked at every 256 log
    /// indexes. Default 64 MiB; at least 1 KiB.</summary>
    public long AnswerBytesMax { get; init; } = 64L << 20;

    /// <summary>How many log indexes a session may go unused before it expires. Default 1000000; at least
    /// 1.</summary>
    public long IdleEntriesMax { get; init; } = 1_000_000;

    /// <summary>Returns what is wrong with the settings, naming option, value and range, or null.</summary>
    public string? Validate() =>
        SessionsMax is < 1 or > SessionsLimit
            ? $"SessionsMax is {SessionsMax}; it must be from 1 to {SessionsLimit}"
        : CommandsPerSessionMax is < 1 or > CommandsLimit
            ? $"CommandsPerSessionMax is {CommandsPerSessionMax}; it must be from 1 to {CommandsLimit}"
        : AnswerBytesMax < AnswerBytesLeast
            ? $"AnswerBytesMax is {AnswerBytesMax}; it must be at least {AnswerBytesLeast}"
        : IdleEntriesMax < 1 ? $"IdleEntriesMax is {IdleEntriesMax}; it must be at least 1"
        : null;
}
