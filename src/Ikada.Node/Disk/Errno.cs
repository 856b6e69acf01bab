using System.Globalization;

namespace Ikada.Node.Disk;

/// <summary>Names of Linux error numbers.</summary>
internal static class Errno
{
    public const int Eintr = 4;
    public const int Eagain = 11;
    public const int Einval = 22;

    public static string Describe(int number) => number switch
    {
        1 => "EPERM (not permitted)",
        2 => "ENOENT (no such file)",
        4 => "EINTR (interrupted)",
        5 => "EIO (input/output error)",
        9 => "EBADF (bad file handle)",
        Eagain => "EAGAIN (locked)",
        13 => "EACCES (permission denied)",
        17 => "EEXIST (file exists)",
        22 => "EINVAL (not supported by this file system)",
        24 => "EMFILE (too many open files; raise the limit)",
        27 => "EFBIG (file too large)",
        28 => "ENOSPC (no space left on the device)",
        30 => "EROFS (read-only file system)",
        122 => "EDQUOT (disk quota exceeded)",
        _ => "errno " + number.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>Whether space or quota was wanting.</summary>
    public static bool IsNoSpace(Exception failure) => failure is IOException { HResult: 28 or 122 };

    /// <summary>The cause of a failed file call of .NET, which carries the error number in the low half of
    /// its HResult.</summary>
    public static string Describe(Exception failure) => failure switch
    {
        UnauthorizedAccessException => Describe(13),
        FileNotFoundException or DirectoryNotFoundException => Describe(2),
        IOException io when io.HResult is > 0 and < 4096 => Describe(io.HResult),
        _ => failure.Message,
    };
}
