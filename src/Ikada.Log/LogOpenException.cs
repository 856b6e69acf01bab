namespace Ikada.Log;

/// <summary>A directory cannot be used as it is. The message names the thing, what was found and the
/// remedy.</summary>
public abstract class LogOpenException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The directory belongs to another cluster or another member.</summary>
public sealed class ForeignDirectoryException(string message) : LogOpenException(message);

/// <summary>The disk has no space for what opening the directory has to write. Nothing is lost: with space it
/// opens.</summary>
public sealed class NoSpaceToOpenException(string message) : LogOpenException(message)
{
    internal static NoSpaceToOpenException For(DiskException failure) => new(
        $"The disk has no space for what a start must write: {failure.Message}. Make space on it, then start "
        + "the node again; it has lost nothing.");
}

/// <summary>A file was written in a format that this version does not know. Names both versions.</summary>
public sealed class FormatVersionException(string message) : LogOpenException(message)
{
    internal static FormatVersionException For(string file, uint found, uint known) => new(
        $"{file} is in format version {found}; this version of Ikada reads up to {known}. "
        + "Start the newer version that wrote it, or give this node an empty directory and add it as a new "
        + "member.");
}
