namespace Ikada.Cli.Doctor;

/// <summary>Looks at a data directory of this machine. Changes nothing, and needs no server to be
/// stopped.</summary>
internal static class DirectoryFinder
{
    private static readonly string[] AsidePrefixes = ["damaged-", "lost-"];

    public static DirectoryFacts Find(string path)
    {
        try
        {
            var drive = new DriveInfo(Path.GetFullPath(path));
            var aside = Directory.EnumerateFiles(path).Select(file => Path.GetFileName(file)).Where(
                name => AsidePrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)));
            return new DirectoryFacts(
                path, drive.AvailableFreeSpace, drive.TotalSize, [.. aside.Order(StringComparer.Ordinal)]);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException
            or ArgumentException)
        {
            throw CliException.BadUsage($"--data-dir={path} cannot be looked at: {error.Message}");
        }
    }
}
