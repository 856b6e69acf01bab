using Ikada.Log;
using Ikada.Replica;
using Microsoft.Extensions.Logging;

namespace Ikada.Node;

/// <summary>
/// A log that lost entries it had acknowledged (DESIGN §3): an entry may be committed on the strength of what
/// this node said and does not hold. Its word must never count again under this incarnation, not after a
/// restart either, so the directory is started over before anybody can open it anew.
/// </summary>
internal static class LostLog
{
    /// <summary>Why the node stops.</summary>
    public static NodeStoppedException Stops(in ReplicaStatus status) => new(
        $"the log ends at {status.Last} and has lost entries that it had acknowledged in term {status.Term}; "
            + "its disk does not keep what it was told to sync. Check the disk; the old files are kept "
            + "aside, and the next start joins as a wiped member, to be added again as a learner")
    {
        HasLostLog = true,
    };

    /// <summary>Where that is the reason to stop, gives the directory a new incarnation. All threads have
    /// ended.</summary>
    public static NodeStoppedException? StartOver(NodeStoppedException? reason, IDisk disk, ILogger logger)
    {
        if (reason is not { HasLostLog: true })
        {
            return reason;
        }

        try
        {
            var fresh = NodeDirectory.StartOver(disk, Entropy.NewRandom());
            NodeLog.StartedOver(logger, fresh.Node, fresh.Incarnation);
            return reason;
        }
        catch (Exception error) when (error is DiskException or LogOpenException)
        {
            return new NodeStoppedException(
                $"{reason.Message}; the directory could not be started over, so it must not be used again: "
                    + $"{error.Message}", error);
        }
    }
}
