using System.Diagnostics;
using Ikada.Consensus;
using Ikada.Log;
using Ikada.Log.Snapshots;
using Ikada.Primitives;
using Ikada.Replica;

namespace Ikada.Node;

/// <summary>
/// Opens what a directory holds: its log, before any thread starts, and then its groups one by one. A group
/// is opened in three steps, so that those that run already are not held up by a large snapshot: the first
/// and the last on the thread that owns the log, the middle one on that of the caller.
/// </summary>
internal sealed class GroupOpening(
    NodeOptions options, DirectoryIdentity identity, IDisk disk, HostParts parts, ConsensusThread consensus)
{
    private readonly RandomSource _random = Entropy.NewRandom();

    /// <summary>Recovers the log and hands it to the consensus thread.</summary>
    public void OpenLog()
    {
        var start = Stopwatch.GetTimestamp();
        var log = WriteAheadLog.Open(
            disk, parts.Disk, consensus, options.Log, identity, _random.Split());
        parts.Metrics.Log.Recovered(Stopwatch.GetElapsedTime(start), log.Recovered);
        parts.Metrics.Log.Observe(log);
        DamageAtStart.Tell(parts.Logger, identity.Node, log.Recovered);
        consensus.Own(log);
    }

    /// <summary>Before the first of several groups is opened.</summary>
    /// <exception cref="LogLostException">A vote of some group is lost.</exception>
    public void CheckVotes() => DamageAtStart.ThrowIfVotesAreLost(consensus.Log);

    /// <summary>First step, on the thread of the log: the group's part of it.</summary>
    /// <exception cref="LogLostException">A vote is lost.</exception>
    public GroupLog OpenGroupLog(GroupMember member, Membership initialMembership)
    {
        var group = consensus.Log.OpenGroup(member.Group, initialMembership);
        DamageAtStart.Tell(member.Logger, identity.Node, consensus.Log.Recovered, group);
        return group;
    }

    /// <summary>Second step, on any thread: looks at the snapshots and restores the state machine.</summary>
    public GroupState Restore(GroupMember member, LogPosition logBase)
    {
        var snapshots = SnapshotShelf.Open(disk, member.Group);
        DamageAtStart.Tell(member.Logger, identity.Node, snapshots.Report);
        return new GroupState(
            snapshots, OpeningState.Load(disk, snapshots, logBase, member.Machine));
    }

    /// <summary>Last step, on the thread of the log: makes the replica, which acts from now on.</summary>
    /// <exception cref="StateLostException">The state before the log is lost, and nobody else has it.
    /// </exception>
    public void Begin(GroupMember member, GroupLog group, GroupState state)
    {
        var opened = OpeningState.Join(state.Snapshots, group, member.Machine, state.Restored);
        TellStart(member, group);
        if (opened.Snapshot != default)
        {
            SnapshotLog.Restored(
                member.Logger, identity.Node, opened.Snapshot, opened.IsInstallCompleted);
        }

        member.Start(
            new ReplicaStart
            {
                Self = identity.Node,
                Identity = new PeerIdentity(identity.Incarnation, identity.StartCount),
                Log = group,
                Snapshots = state.Snapshots,
                Opened = opened,
                Seed = _random.NextUInt64(),
                Consensus = member.Options.Consensus,
                Replica = member.Options.Replica,
            },
            BootClock.Now);
        CheckState(member, state.Snapshots.Report, group);
        consensus.Add(member);
    }

    private void TellStart(GroupMember member, GroupLog group)
    {
        if (member.Name.Length > 0)
        {
            NodeLog.GroupOpened(member.Logger, identity.Node, group.Group, group.Last);
        }
        else
        {
            NodeLog.Starting(
                member.Logger, identity.Node, identity.Cluster, identity.Incarnation, identity.StartCount,
                group.Last);
        }
    }

    // A member that has lost its state gets it from the others; one without others never does.
    private static void CheckState(GroupMember member, SnapshotReport report, GroupLog group)
    {
        var (status, membership) = (member.View.Status, member.View.Membership);
        if (!status.IsStateMissing || membership.Members.Length > 1)
        {
            return;
        }

        var found = report.Damage.Count == 0
            ? "and no snapshot file is there"
            : $"and {string.Join("; ", report.Damage.Select(one => $"{one.File}: {one.What}"))}";
        throw new StateLostException(
            $"The log{member.Name} starts after {group.Base}, {found}: the state before is lost, and there "
                + "is no other member to get it from. Put the snapshot file back from a backup of the "
                + "directory, or start with an empty directory and restore a backup of the data");
    }
}

/// <summary>A group's snapshots, and what its state machine was restored from.</summary>
internal readonly record struct GroupState(SnapshotShelf Snapshots, LogPosition Restored);
