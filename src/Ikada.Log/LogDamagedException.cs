namespace Ikada.Log;

/// <summary>A file of the log is corrupt, or may have lost what was acknowledged. Names file, offset and
/// remedy.</summary>
public sealed class LogDamagedException(string message) : LogOpenException(message)
{
    internal const string Remedy =
        "Leave the files as they are, move the data directory away, remove this member from the cluster and "
            + "add it "
        + "again with an empty directory: the other members give it everything that was acknowledged.";

    /// <summary>Makes one for a place in a file.</summary>
    public LogDamagedException(string file, long offsetBytes, string what)
        : this($"{file} is damaged at offset {offsetBytes}: {what}. {Remedy}")
    {
        File = file;
        OffsetBytes = offsetBytes;
    }

    /// <summary>The file, where one is to blame.</summary>
    public string File { get; } = string.Empty;

    /// <summary>Where in the file.</summary>
    public long OffsetBytes { get; }
}
