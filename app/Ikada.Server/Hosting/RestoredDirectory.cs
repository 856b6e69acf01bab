using System.Buffers;
using Ikada.Log;
using Ikada.Log.Snapshots;
using Ikada.Node;
using Ikada.Node.Disk;
using Ikada.Primitives;

namespace Ikada.Server;

/// <summary>
/// Makes the data directory of a member of a new cluster that begins with a saved state, while no server
/// runs on it. All members must be given the same state: it is the base of their logs.
/// </summary>
public static class RestoredDirectory
{
    // The state is put at the index that it had, since leases in it name indexes; the first leader's term is
    // above this one.
    private static readonly Term BaseTerm = new(1);

    /// <summary>Makes it, aside first: it has its name only when it is whole.</summary>
    /// <param name="options">Name, data directory, initial cluster and token count.</param>
    /// <param name="applied">The index of the last entry in the state, at least 1.</param>
    /// <param name="write">Writes the store's snapshot.</param>
    /// <returns>Who the member is.</returns>
    /// <exception cref="ServerStartException">The directory is there and is not empty, or was begun and cut
    /// off; or the options do not go together.</exception>
    /// <exception cref="DiskException">The disk failed.</exception>
    public static (ulong Cluster, ulong Member) Create(
        ServerOptions options, LogIndex applied, Action<IBufferWriter<byte>> write)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(write);
        if (options.Validate() is { } wrong)
        {
            throw new ServerStartException(wrong);
        }

        var directory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.DataDirectory));
        if (Directory.Exists(directory) && Directory.EnumerateFileSystemEntries(directory).Any())
        {
            throw new ServerStartException(
                $"{directory} is there and not empty: name another one as --data-dir, or move it away");
        }

        var aside = directory + ".restoring";
        if (Path.Exists(aside))
        {
            throw new ServerStartException(
                $"{aside} is there, left by a restore that was cut off: remove it, and do it again");
        }

        try
        {
            var made = Fill(aside, options, applied, write);
            if (Directory.Exists(directory))
            {
                Directory.Delete(directory);
            }

            Directory.Move(aside, directory);
            FileDisk.SyncNameOf(directory);
            return made;
        }
        catch
        {
            if (Directory.Exists(aside))
            {
                Directory.Delete(aside, recursive: true);
            }

            throw;
        }
    }

    private static (ulong Cluster, ulong Member) Fill(
        string directory, ServerOptions options, LogIndex applied, Action<IBufferWriter<byte>> write)
    {
        var (cluster, self) = (NodeSettings.ClusterOf(options), NodeSettings.SelfOf(options));
        using var disk = new FileDisk(directory);
        // The start completes what stands here: an empty log behind a snapshot.
        var saving = new SaveSnapshot(
            NodeSettings.NodeOf(options).Group, new LogPosition(applied, BaseTerm),
            NodeSettings.MembershipOf(options), write);
        saving.Execute(disk);
        if (saving.Error is { } error)
        {
            throw error;
        }

        NodeDirectory.Open(disk, cluster, self, Entropy.NewRandom());
        ServerDirectory.WriteNames(disk, options);
        return (cluster.Value, self.Value);
    }
}
