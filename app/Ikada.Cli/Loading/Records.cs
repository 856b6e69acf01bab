namespace Ikada.Cli.Loading;

/// <summary>A record to store: its key, and the whole line.</summary>
internal sealed record Record(string Key, string Line);

internal static class Records
{
    /// <summary>Reads lines such as those of UnicodeData.txt: the key ends at the first semicolon.</summary>
    public static IReadOnlyList<Record> Read(string path, string prefix, int every)
    {
        try
        {
            var records = new List<Record>();
            var number = 0;
            foreach (var line in File.ReadLines(path))
            {
                if (number++ % every == 0 && line.Length > 0)
                {
                    records.Add(new Record(prefix + line.Split(';')[0], line));
                }
            }

            return records;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"load: {path} cannot be read: {error.Message}");
        }
    }
}
