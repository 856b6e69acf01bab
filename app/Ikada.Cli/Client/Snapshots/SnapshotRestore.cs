using System.CommandLine;
using System.Globalization;
using Ikada.Cli.Serving;
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
        ClientCommand.AddAll(command, options);
        command.SetAction(async (parsed, cancellation) =>
        {
            var path = parsed.GetValue(file)!;
            var given = options.Where(option => parsed.GetValue(option) is not null)
                .SelectMany(option => (string[])[option.Name, parsed.GetValue(option)!]);
            var settings = ServerHost.Options(
                SettingsReader.Read(FlagSet.Gather([.. given], new Dictionary<string, string>())));
            try
            {
                await RestoreAsync(path, settings, cancellation);
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
        string path, ServerOptions options, CancellationToken cancellation)
    {
        using var saved = await SnapshotFile.OpenAsync(path, cancellation);
        if (saved.Head.Applied == LogIndex.Zero)
        {
            throw new InvalidDataException("it holds nothing: start a new cluster without it");
        }

        var (cluster, member) = RestoredDirectory.Create(options, saved.Head.Applied, saved.CopyContentTo);
        Console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"restored {options.DataDirectory}: revision {saved.Head.Revision}, member {member:x} of cluster "
            + $"{cluster:x}"));
        Console.Out.WriteLine(
            "Restore the other members from the same file, then start each with the flags that it was "
            + "restored with.");
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
