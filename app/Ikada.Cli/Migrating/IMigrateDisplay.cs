using System.Globalization;

namespace Ikada.Cli.Migrating;

/// <summary>Is told how far a migration is.</summary>
internal interface IMigrateDisplay
{
    /// <summary>Something worth a line has happened.</summary>
    void Say(string line);

    /// <summary>So many keys of so many are done.</summary>
    void Progress(string what, long done, long of);

    /// <summary>It follows the source.</summary>
    void Following(long revision, long behind, bool untilCutOver);
}

/// <summary>Plain lines, for where nobody looks at a terminal: what has happened at once, how far it is now
/// and then.</summary>
internal sealed class MigrateLines(TextWriter writer, TimeSpan every) : IMigrateDisplay
{
    private DateTime _last;

    public void Say(string line) => writer.WriteLine(line);

    public void Progress(string what, long done, long of) =>
        Now($"{what}: {done} of {of} keys");

    public void Following(long revision, long behind, bool untilCutOver) => Now(string.Create(
        CultureInfo.InvariantCulture, $"following: at revision {revision}, {behind} behind the source"));

    private void Now(string line)
    {
        if (DateTime.UtcNow - _last >= every)
        {
            _last = DateTime.UtcNow;
            writer.WriteLine(line);
        }
    }
}
