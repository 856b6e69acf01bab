using System.Globalization;

namespace Ikada.Simulation.Replaying;

/// <summary>Where runs are written down.</summary>
internal static class RecordFiles
{
    private const string Extension = ".run";

    /// <summary>The file of a failing run of a seed: below <c>artifacts</c> where there is such a directory,
    /// as in the project's own, else below the one for temporary files.</summary>
    public static string Of(ulong seed)
    {
        var root = Directory.Exists("artifacts") ? "artifacts" : Path.Combine(Path.GetTempPath(), "ikada");
        return Path.Combine(
            root, "sim", string.Create(CultureInfo.InvariantCulture, $"seed-{seed}{Extension}"));
    }

    /// <summary>The file of what a run was reduced to, beside that of the run.</summary>
    public static string Shrunk(string file) => Path.ChangeExtension(file, "shrunk" + Extension);

    /// <summary>Writes a run down, and tells where.</summary>
    public static void Write(RunRecord record, string file, TextWriter output)
    {
        if (Path.GetDirectoryName(file) is { Length: > 0 } directory)
        {
            Directory.CreateDirectory(directory);
        }

        using (var writer = new StreamWriter(file))
        {
            record.Write(writer);
        }

        output.WriteLine($"recorded    walk it: ikada sim replay {file} --step");
    }
}
