using Ikada.Consensus;
using Ikada.Primitives;
using Ikada.Testing.Scripts;

namespace Ikada.Testing.Clusters;

/// <summary>What network, disk and power do to a cluster.</summary>
internal static class ClusterFaults
{
    /// <summary>The commands.</summary>
    public static readonly Dictionary<string, Action<ScriptCluster, ScriptCase>> Commands = new()
    {
        ["settle"] = Settle,
        ["deliver"] = Deliver,
        ["drop"] = Drop,
        ["cut"] = Cut,
        ["isolate"] = Isolate,
        ["partition"] = Partition,
        ["heal"] = (cluster, step) => cluster.Heal(),
        ["close"] = (cluster, step) => Tell(cluster, step, "from", Input.ConnectionClosed),
        ["open"] = (cluster, step) => Tell(cluster, step, "from", Input.ConnectionOpened),
        ["congest"] = (cluster, step) => Tell(cluster, step, "to", Input.PeerCongested),
        ["drain"] = (cluster, step) => Tell(cluster, step, "to", Input.PeerDrained),
        ["unsent"] = (cluster, step) => Tell(cluster, step, "to", Input.SendDropped),
        ["fill"] = (cluster, step) => Fill(cluster, step, isFull: true),
        ["free"] = (cluster, step) => Fill(cluster, step, isFull: false),
        ["crash"] = Crash,
        ["restart"] = Restart,
        ["damage"] = Damage,
        ["wipe"] = Wipe,
        ["hold-disk"] = HoldDisk,
        ["flush"] = Flush,
        ["release-disk"] = ReleaseDisk,
    };

    private delegate Input Telling(Instant now, NodeId peer);

    private static void Settle(ScriptCluster cluster, ScriptCase step)
    {
        step.Allow("from", "to", "type");
        var passes = step.Filter();
        var among = step.Nodes();
        cluster.Settle(
            envelope => passes(envelope) && (among.Length == 0
                || (among.Contains(envelope.Message.From) && among.Contains(envelope.Message.To))),
            hidesIdle: false);
    }

    // What is on its way now, not what it causes.
    private static void Deliver(ScriptCluster cluster, ScriptCase step)
    {
        step.Allow("from", "to", "type", "n");
        foreach (var envelope in Chosen(cluster, step))
        {
            var place = cluster.Pool.FindIndex(one => ReferenceEquals(one, envelope));
            if (place >= 0)
            {
                cluster.Deliver(place, keeps: step.Has("keep"), hidesIdle: false);
            }
        }
    }

    private static void Drop(ScriptCluster cluster, ScriptCase step)
    {
        step.Allow("from", "to", "type", "n");
        foreach (var envelope in Chosen(cluster, step))
        {
            cluster.Drop(cluster.Pool.FindIndex(one => ReferenceEquals(one, envelope)));
        }
    }

    private static Envelope[] Chosen(ScriptCluster cluster, ScriptCase step)
    {
        Envelope[] chosen =
            [.. cluster.Pool.Where(step.Filter()).Take((int)step.Number("n", int.MaxValue))];
        return chosen.Length > 0 ? chosen : throw new ScriptException("no such message is on its way");
    }

    private static void Cut(ScriptCluster cluster, ScriptCase step)
    {
        step.Allow("from", "to");
        foreach (var from in step.Nodes("from"))
        {
            foreach (var to in step.Nodes("to"))
            {
                cluster.Cut(from, to);
            }
        }
    }

    private static void Isolate(ScriptCluster cluster, ScriptCase step)
    {
        step.Allow();
        Divide(cluster, step.Nodes(), [.. cluster.Nodes.Select(node => node.Id).Except(step.Nodes())]);
    }

    private static void Partition(ScriptCluster cluster, ScriptCase step)
    {
        step.Allow("left", "right");
        Divide(cluster, step.Nodes("left"), step.Nodes("right"));
    }

    private static void Divide(ScriptCluster cluster, NodeId[] left, NodeId[] right)
    {
        foreach (var one in left)
        {
            foreach (var other in right)
            {
                cluster.Cut(one, other);
                cluster.Cut(other, one);
            }
        }
    }

    private static void Tell(ScriptCluster cluster, ScriptCase step, string key, Telling what)
    {
        step.Allow(key);
        var node = cluster[step.Node()];
        foreach (var peer in step.Nodes(key))
        {
            cluster.Do(node, () => node.Step(what(cluster.Now, peer)));
        }
    }

    private static void Fill(ScriptCluster cluster, ScriptCase step, bool isFull)
    {
        step.Allow();
        foreach (var node in step.Nodes().Select(id => cluster[id]))
        {
            cluster.Do(node, () => node.Step(Input.SpaceChanged(cluster.Now, isFull)));
        }
    }

    private static void Crash(ScriptCluster cluster, ScriptCase step)
    {
        step.Allow();
        foreach (var id in step.Words().Where(word => word != "silent").Select(StepArguments.Id))
        {
            cluster.Crash(cluster[id], step.Has("silent"));
        }
    }

    private static void Restart(ScriptCluster cluster, ScriptCase step)
    {
        step.Allow("damaged");
        var node = cluster[step.Node()];
        if (!node.IsDown)
        {
            cluster.Crash(node, silently: false);
        }

        ClusterSetup.Damage(node.Disk, step.Find("damaged")?.Values ?? [], step.Has("lost-terms"));
        node.Restart(ClusterSetup.StartOf(step, node.Id, node.Started));
        cluster.ConnectToAll(node);
    }

    private static void Damage(ScriptCluster cluster, ScriptCase step)
    {
        step.Allow();
        var node = cluster[step.Node()];
        if (!node.IsDown)
        {
            throw new ScriptException("damage is found at start: crash it first");
        }

        var ranges = step.Words().Skip(1).Where(word => word != "lost-terms");
        ClusterSetup.Damage(node.Disk, ranges, step.Has("lost-terms"));
    }

    // A new, empty disk under the old id.
    private static void Wipe(ScriptCluster cluster, ScriptCase step)
    {
        step.Allow();
        var node = cluster[step.Node()];
        if (!node.IsDown)
        {
            throw new ScriptException("a disk is changed while nothing runs: crash it first");
        }

        node.Disk.HardState = default;
        node.Disk.Log.Reset(default, cluster.FirstMembership);
        (node.Disk.Snapshot, node.Disk.SnapshotMembership) = (default, null);
        node.ForgetDirectory();
    }

    private static void HoldDisk(ScriptCluster cluster, ScriptCase step)
    {
        step.Allow();
        foreach (var id in step.Nodes())
        {
            cluster[id].HoldsDisk = true;
        }
    }

    private static void Flush(ScriptCluster cluster, ScriptCase step)
    {
        step.Allow("n");
        var node = cluster[step.Node()];
        var count = (int)step.Number("n", node.Disk.Queued);
        if (count == 0 || count > node.Disk.Queued)
        {
            throw new ScriptException($"{node.Disk.Queued} writes wait, not {count}");
        }

        for (var i = 0; i < count; i++)
        {
            cluster.Do(node, node.FlushOne);
        }
    }

    private static void ReleaseDisk(ScriptCluster cluster, ScriptCase step)
    {
        step.Allow();
        foreach (var node in step.Nodes().Select(id => cluster[id]))
        {
            cluster.Do(node, node.FlushDisk);
            node.HoldsDisk = false;
        }
    }
}
