using Ikada.Consensus;
using Ikada.Primitives;
using Ikada.Testing.Scripts;

namespace Ikada.Testing.Clusters;

/// <summary>What a script may look at.</summary>
internal static class ClusterViews
{
    /// <summary>The commands.</summary>
    public static readonly Dictionary<string, Action<ScriptCluster, ScriptCase>> Commands = new()
    {
        ["status"] = (cluster, step) => Each(cluster, step, Status),
        ["logs"] = (cluster, step) => Each(cluster, step, node => Terms(node.Log)),
        ["bodies"] = (cluster, step) => Each(cluster, step, node => Bodies(node.Log)),
        ["members"] = (cluster, step) => Each(cluster, step, node => MembershipText.Of(node.Core.Membership)),
        ["disk"] = (cluster, step) => Each(cluster, step, Disk),
        ["pool"] = Pool,
    };

    // Those named, else all that run.
    private static void Each(ScriptCluster cluster, ScriptCase step, Func<ClusterNode, string> show)
    {
        step.Allow();
        var named = step.Nodes();
        foreach (var node in cluster.Running.Where(node => named.Length == 0 || named.Contains(node.Id)))
        {
            node.Say(show(node));
        }
    }

    private static string Status(ClusterNode node)
    {
        var core = node.Core;
        var role = EffectText.Of(new Effect
        {
            Kind = EffectKind.ObserveRole, Role = core.Role, Term = core.Term, Leader = core.Leader,
        });
        var damage = string.Join(' ', core.Damage.Select(range => $"{range.First}-{range.Last}"));
        return $"{role}, commit {core.Commit}, last {core.Last}"
            + (core.Durable == core.Last.Index ? string.Empty : $", durable {core.Durable}")
            + (damage.Length == 0 ? string.Empty : $", damaged {damage}")
            + (core.IsAsleep ? ", asleep" : string.Empty);
    }

    // Runs of one term: 1/1..3 4/4.
    private static string Terms(ClusterLog log)
    {
        var runs = new List<string>();
        for (var first = log.Base.Index.Next; first <= log.Last;)
        {
            var last = first;
            while (last < log.Last && log[last.Next].Term == log[first].Term)
            {
                last = last.Next;
            }

            runs.Add(first == last ? $"{log[first].Term}/{first}" : $"{log[first].Term}/{first}..{last}");
            first = last.Next;
        }

        return Joined(log, runs);
    }

    private static string Bodies(ClusterLog log) =>
        Joined(log, [.. log.Entries.Select((entry, i) => entry.At(log.Base.Index + (ulong)i + 1))]);

    private static string Joined(ClusterLog log, List<string> entries)
    {
        if (log.Base.Index > LogIndex.Zero)
        {
            entries.Insert(0, $"({log.Base})");
        }

        return entries.Count == 0 ? "empty" : string.Join(' ', entries);
    }

    private static string Disk(ClusterNode node)
    {
        var disk = node.Disk;
        var queue = string.Join("; ", disk.Queue);
        return $"term {disk.HardState.Term}, vote {MembershipText.Of(disk.HardState.Vote)}, log "
            + Terms(disk.Log)
            + (disk.Snapshot.Index > LogIndex.Zero ? $", snapshot at {disk.Snapshot}" : string.Empty)
            + (queue.Length == 0 ? string.Empty : $", waiting: {queue}");
    }

    private static void Pool(ScriptCluster cluster, ScriptCase step)
    {
        step.Allow("from", "to", "type");
        foreach (var envelope in cluster.Pool.Where(step.Filter()))
        {
            cluster.Trace.Add(EnvelopeText.Of(envelope));
        }
    }
}
