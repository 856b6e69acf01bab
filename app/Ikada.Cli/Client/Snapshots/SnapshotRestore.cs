using System.CommandLine;
using System.Globalization;
using Ikada.Cli.Serving;
using Ikada.KeyValue;
using Ikada.Log;
using Ikada.Primitives;
using Ikada.Server;

namespace Ikada.Cli.Client;

/// <summary><c>ikada snapshot restore</c>: a data directory from which a new cluster starts with what was
/// saved. Its options are etcdutl's, and are read as those of <c>serve</c> are.</summary>
internal static class SnapshotRestore
{
    private static readonly string[] Flags =
    [
        "name", "data-dir", "initial-cluster", "initial-cluster-token", "initial-advertise-peer-urls",
    ];

    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "A file that 'snapshot save' wrote." };
        var command = new Command(
            "restore", "Make the data directory of a member of a new cluster that has what was saved.")
        {
            file,
        };
        var options = Array.ConvertAll(Flags, Option);
        var bump = new Option<ulong>("--bump-revision")
        {
            Description = "Go on so much above the revision that was saved; needs --mark-compacted.",
            HelpName = "N",
        };
        var mark = new Option<bool>("--mark-compacted")
        {
            Description = "Count all below the raised revision as compacted: watches and caches of the old "
                + "cluster are told so.",
        };
        ClientCommand.AddAll(command, [.. options, bump, mark]);
        command.SetAction(async (parsed, cancellation) =>
        {
            var path = parsed.GetValue(file)!;
            var given = options.Where(option => parsed.GetValue(option) is not null)
                .SelectMany(option => (string[])[option.Name, parsed.GetValue(option)!]);
            var settings = ServerHost.Options(
                SettingsReader.Read(FlagSet.Gather([.. given], new Dictionary<string, string>())));
            var bumped = Bump(parsed.GetValue(bump), parsed.GetValue(mark));
            try
            {
                await RestoreAsync(path, settings, bumped, cancellation);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException
                or InvalidDataException or DiskException or LogOpenException or ServerStartException)
            {
                throw new CliException($"snapshot restore {path}: {error.Message}");
            }

            return 0;
        });
        return command;
    }

    private static async Task RestoreAsync(
        string path, ServerOptions options, long bump, CancellationToken cancellation)
    {
        using var saved = await SnapshotFile.OpenAsync(path, cancellation);
        if (saved.Head.Applied == LogIndex.Zero)
        {
            throw new InvalidDataException("it holds nothing: start a new cluster without it");
        }

        var (cluster, member) = RestoredDirectory.Create(
            options, saved.Head.Applied, target =>
            {
                var snapshot = new NewClusterSnapshot(target, bump);
                saved.ReadContent(piece => snapshot.Write(piece.Span));
                snapshot.Complete();
            });
        Console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"restored {options.DataDirectory}: revision {saved.Head.Revision + bump}, member {member:x} of "
            + $"cluster {cluster:x}"));
        Console.Out.WriteLine(
            "Restore the other members from the same file, then start each with the flags that it was "
            + "restored with.");
    }

    // As etcdutl: raised without a mark, a watch would wait for revisions that were jumped over.
    private static long Bump(ulong bump, bool isMarked)
    {
        if (bump > (ulong)NewClusterSnapshot.RevisionBumpMax)
        {
            throw CliException.BadUsage(
                $"--bump-revision={bump} is out of range: give 1 to {NewClusterSnapshot.RevisionBumpMax}");
        }

        return bump > 0 == isMarked
            ? (long)bump
            : throw CliException.BadUsage(isMarked
                ? "--mark-compacted needs --bump-revision above 0: give both, or neither"
                : $"--bump-revision={bump} needs --mark-compacted: give both, or neither");
    }

    private static Option<string?> Option(string flag) => new("--" + flag)
    {
        Description = flag switch
        {
            "name" => "The member's name (default \"default\").",
            "data-dir" => "Where to; must not be there, or be empty (default NAME.ikada).",
            "initial-cluster" => "All members, as n1=http://10.0.0.1:2380,n2=http://10.0.0.2:2380.",
            "initial-cluster-token" =>
                "Tells this cluster from others: another one than the saved cluster's.",
            _ => "This member's URLs among them (default those in --initial-cluster).",
        },
    };
}
