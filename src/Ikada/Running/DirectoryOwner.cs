using System.Text;
using Ikada.Log;
using Ikada.Node.Disk;

namespace Ikada;

/// <summary>A small text file that says in words whose directory it is. The identity beside it holds hashes
/// only; this one is for messages, and nothing depends on it.</summary>
internal static class DirectoryOwner
{
    /// <summary>The name of the file.</summary>
    public const string FileName = "node.names";

    private const int BytesMax = 4096;

    /// <summary>Whose directory it is; null if it is new.</summary>
    /// <exception cref="ForeignDirectoryException">It is not this node's.</exception>
    /// <exception cref="LogOpenException">Its identity cannot be read.</exception>
    public static DirectoryIdentity? Check(FileDisk disk, RaftOptions options)
    {
        var found = NodeDirectory.Peek(disk);
        if (found is null || found.Node == NodeSettings.IdOf(options.Name, options.Cluster))
        {
            return found;
        }

        var owner = Read(disk) is [var name, var cluster]
            ? $"node '{name}' of the group '{cluster}'" : $"node {found.Node} of group {found.Cluster}";
        throw new ForeignDirectoryException(
            $"the directory {options.DataDirectory} belongs to {owner}, but it is opened as node "
                + $"'{options.Name}' of the group '{options.Cluster}'. Set RaftOptions.DataDirectory to this "
                + "node's own directory or to an empty one, or RaftOptions.Name and RaftOptions.Cluster to "
                + "what they were");
    }

    /// <summary>Writes it where it is missing.</summary>
    public static void Write(FileDisk disk, RaftOptions options)
    {
        if (disk.List().Contains(FileName))
        {
            return;
        }

        disk.Create(FileName);
        disk.Write(FileName, 0, [Encoding.UTF8.GetBytes($"{options.Name}\n{options.Cluster}\n")]);
        disk.Sync(FileName);
    }

    private static string[] Read(FileDisk disk)
    {
        if (!disk.List().Contains(FileName))
        {
            return [];
        }

        var bytes = new byte[BytesMax];
        var count = disk.Read(FileName, 0, bytes);
        return Encoding.UTF8.GetString(bytes, 0, count).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
