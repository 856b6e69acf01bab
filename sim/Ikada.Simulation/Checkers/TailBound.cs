using Ikada.Log;
using Ikada.Primitives;

namespace Ikada.Simulation.Checkers;

/// <summary>I42 for the log's tail in memory: beyond its bound it holds only what is not durable.</summary>
internal static class TailBound
{
    public const string Property = "I42 bytes in flight stay within their bound";

    /// <summary>Looks at a node's log. Costs as much as there are entries that are not durable.</summary>
    public static void Look(int node, WriteAheadLog wal, GroupLog log, long bytesMax)
    {
        if (wal.TailBytes <= bytesMax)
        {
            return;
        }

        var waiting = 0L;
        for (var index = log.Durable.Index.Next; index <= log.Last.Index; index = index.Next)
        {
            waiting += log.TryGet(index, out var entry) ? LogEntry.OverheadBytes + entry.Body.Length : 0;
        }

        Compare(node, wal.TailBytes, bytesMax, waiting);
    }

    internal static void Compare(int node, long tail, long bytesMax, long waiting)
    {
        if (tail > bytesMax + waiting)
        {
            throw new PropertyViolatedException(
                Property,
                $"n{node + 1} holds {tail} bytes of entries in memory: {bytesMax} are allowed, and {waiting} "
                + "are not durable");
        }
    }
}
