using Ikada.Log.Format;
using Ikada.Log.Recovery;
using Ikada.Primitives;

namespace Ikada.Log;

/// <summary>
/// Gives the directory of a stopped node to another cluster: the last step when a group is made anew of a
/// lone survivor. The heads of the segments first, the identity last; cut in between, no node starts from it
/// (heads and identity contradict each other), and it is to be done again.
/// </summary>
public static class ClusterMove
{
    private const int WindowBytes = 64 << 10;

    /// <summary>Whether some head names that cluster already, and the identity does not.</summary>
    /// <exception cref="LogOpenException">The identity or a head cannot be read.</exception>
    public static bool IsCut(IDisk disk, ClusterId to)
    {
        if (NodeDirectory.Peek(disk) is not { } identity || identity.Cluster == to)
        {
            return false;
        }

        foreach (var (_, head) in Heads(disk))
        {
            if (head.Cluster == to)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Does it.</summary>
    /// <exception cref="LogOpenException">The identity or a head cannot be read.</exception>
    /// <exception cref="DiskException">The disk failed: to be done again.</exception>
    public static void Run(IDisk disk, ClusterId to)
    {
        foreach (var (name, head) in Heads(disk))
        {
            if (head.Cluster != to)
            {
                disk.Write(name, 0, [head.In(to).Encode()]);
                disk.Sync(name);
            }
        }

        NodeDirectory.SetCluster(disk, to);
    }

    private static List<(string Name, SegmentHead Head)> Heads(IDisk disk)
    {
        var heads = new List<(string, SegmentHead)>();
        foreach (var name in disk.List())
        {
            if (LogFormat.TryParseSegmentName(name, out var sequence)
                && HeadReader.TryRead(new FileWindow(disk, name, WindowBytes), sequence, out var head))
            {
                heads.Add((name, head!));
            }
        }

        return heads;
    }
}
