using Ikada.Consensus;
using Ikada.Primitives;
using Ikada.Testing.Scripts;

namespace Ikada.Testing.Clusters;

/// <summary>What clients, operators and time do to a cluster.</summary>
internal static class ClusterActions
{
    /// <summary>The commands.</summary>
    public static readonly Dictionary<string, Action<ScriptCluster, ScriptCase>> Commands = new()
    {
        ["campaign"] = Campaign,
        ["elect"] = Elect,
        ["beat"] = Beat,
        ["tick"] = Tick,
        ["pass"] = Pass,
        ["propose"] = Propose,
        ["change"] = Change,
        ["leave"] = Leave,
        ["transfer"] = Transfer,
        ["read"] = Read,
        ["snapshot"] = Snapshot,
        ["compact"] = Compact,
    };

    private static void Campaign(ScriptCluster cluster, ScriptCase step)
    {
        step.Allow();
        var node = cluster[step.Node()];
        if (node.Core.Role == Role.Leader)
        {
            throw new ScriptException("it leads: it has no election timeout");
        }

        Tick(cluster, step);
    }

    private static void Elect(ScriptCluster cluster, ScriptCase step)
    {
        Campaign(cluster, step);
        cluster.Settle(static _ => true, hidesIdle: false);
        if (cluster[step.Node()].Core.Role != Role.Leader)
        {
            throw new ScriptException(
                $"it does not lead:\n{string.Join('\n', cluster.Trace.Take())}");
        }
    }

    private static void Beat(ScriptCluster cluster, ScriptCase step)
    {
        step.Allow();
        if (cluster[step.Node()].Core.Role != Role.Leader)
        {
            throw new ScriptException("it does not lead: it sends no heartbeats");
        }

        Tick(cluster, step);
    }

    // The clock moves on to where the core wants its next tick, at the earliest.
    private static void Tick(ScriptCluster cluster, ScriptCase step)
    {
        step.Allow();
        foreach (var node in step.Nodes().Select(id => cluster[id]))
        {
            cluster.AdvanceTo(node.Core.NextDeadline);
            cluster.Do(node, node.Tick);
        }
    }

    private static void Pass(ScriptCluster cluster, ScriptCase step)
    {
        step.Allow("ms", "among");
        var holds = step.Has("hold");
        var among = step.Nodes("among");
        cluster.Pass(
            TimeSpan.FromMilliseconds(step.Number("ms", 0)),
            envelope => !holds && (among.Length == 0
                || (among.Contains(envelope.Message.From) && among.Contains(envelope.Message.To))));
    }

    private static void Propose(ScriptCluster cluster, ScriptCase step)
    {
        step.Allow("size");
        var size = (int)step.Number("size", 10);
        var bodies = step.Words().Skip(1).Select(body => ClusterEntry.Command(default(Term), body, size));
        var node = cluster[step.Node()];
        cluster.Do(node, () => node.Propose([.. bodies]));
    }

    private static void Change(ScriptCluster cluster, ScriptCase step)
    {
        step.Allow("mode", "lease-ms", "forget");
        var forgotten = step.Nodes("forget");
        Wish(cluster, step, new MembershipChange
        {
            Mode = Mode(step),
            Members = [.. MembershipTokens.Parse(step.Input).Select(change => change with
            {
                ForgetsIncarnation = forgotten.Contains(change.Id),
            })],
            Lease = step.Find("lease-ms") is { } lease
                ? TimeSpan.FromMilliseconds(StepArguments.Number(lease)) : null,
        });
    }

    private static ChangeMode Mode(ScriptCase step) => step.Find("mode") is not { Values: [var mode] }
        ? ChangeMode.Auto
        : mode switch
        {
            "auto" => ChangeMode.Auto,
            "simple" => ChangeMode.Simple,
            "joint" => ChangeMode.JointAutoLeave,
            "explicit" => ChangeMode.JointExplicit,
            _ => throw new ScriptException($"'{mode}' is no mode: auto, simple, joint or explicit"),
        };

    private static void Leave(ScriptCluster cluster, ScriptCase step)
    {
        step.Allow();
        Wish(cluster, step, new MembershipChange { Mode = ChangeMode.LeaveJoint });
    }

    private static void Wish(ScriptCluster cluster, ScriptCase step, MembershipChange change)
    {
        var node = cluster[step.Node()];
        cluster.Do(node, () => node.Step(Input.MembershipProposed(cluster.Now, change)));
    }

    private static void Transfer(ScriptCluster cluster, ScriptCase step)
    {
        step.Allow("to");
        var node = cluster[step.Node()];
        var target = step.Node("to");
        cluster.Do(node, () => node.Step(Input.TransferRequested(cluster.Now, target)));
    }

    private static void Read(ScriptCluster cluster, ScriptCase step)
    {
        step.Allow("id");
        var node = cluster[step.Node()];
        var id = (ulong)step.Number("id", 1);
        cluster.Do(node, () => node.Step(Input.ReadRequested(cluster.Now, id)));
    }

    private static void Snapshot(ScriptCluster cluster, ScriptCase step)
    {
        step.Allow("at");
        var node = cluster[step.Node()];
        var index = IndexOf(node, step, "at");
        if (index > node.Core.Commit)
        {
            node.Say($"{index} is not committed here, {node.Core.Commit} is");
            return;
        }

        node.TakeSnapshot(index);
        var members = MembershipText.Of(node.Disk.SnapshotMembership!);
        node.Say($"snapshot at {node.Disk.Snapshot}, {members}");
    }

    private static void Compact(ScriptCluster cluster, ScriptCase step)
    {
        step.Allow("to");
        var node = cluster[step.Node()];
        var index = IndexOf(node, step, "to");
        if (index > node.Core.CompactionLimit)
        {
            node.Say($"may compact up to {node.Core.CompactionLimit} only");
            return;
        }

        cluster.Do(node, () => node.Compact(index));
        node.Say($"log starts after {node.Log.Base}");
    }

    private static LogIndex IndexOf(ClusterNode node, ScriptCase step, string key) =>
        new((ulong)step.Number(key, (long)node.Core.Commit.Value));
}
