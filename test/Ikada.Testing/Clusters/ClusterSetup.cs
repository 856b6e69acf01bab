using Ikada.Consensus;
using Ikada.Primitives;
using Ikada.Testing.Scripts;

namespace Ikada.Testing.Clusters;

/// <summary>
/// <c>cluster n=3 [learners=(4)] [strangers=(5)] [options]</c>, with a line for each node that does not
/// start empty: <c>2: log=(1,1,4) [term=6] [vote=1] [commit=2] [damaged=(2-3)] [lost-terms] [unsure]
/// [lost-vote]</c>. Strangers are no members.
/// </summary>
internal static class ClusterSetup
{
    private static readonly Dictionary<string, Setting> Settings = new()
    {
        ["heartbeat-ms"] = (options, ms) => options with { HeartbeatInterval = Milliseconds(ms) },
        ["election-ms"] = (options, ms) => options with { ElectionTimeout = Milliseconds(ms) },
        ["disk-stuck-ms"] = (options, ms) => options with { DiskStuckTimeout = Milliseconds(ms) },
        ["quiesce-ms"] = (options, ms) => options with { QuiesceAfter = Milliseconds(ms) },
        ["inflight"] = (options, count) => options with { InflightAppendsMax = (int)count },
        ["inflight-bytes"] = (options, bytes) => options with { InflightBytesMax = bytes },
        ["append-bytes"] = (options, bytes) => options with { AppendBytesMax = (int)bytes },
        ["uncommitted-bytes"] = (options, bytes) => options with { UncommittedBytesMax = bytes },
        ["promotion-lag"] = (options, count) => options with { PromotionLagEntriesMax = (int)count },
    };

    private delegate ConsensusOptions Setting(ConsensusOptions options, long value);

    private static readonly string[] Parts = ["n", "learners", "strangers", "priorities", "lease-ms"];

    /// <summary>Makes the cluster that a case describes.</summary>
    public static ScriptCluster Make(ScriptCase step)
    {
        step.Allow([.. Settings.Keys, .. Parts]);
        var count = (int)step.Number("n", 0);
        NodeId[] voters = [.. Enumerable.Range(1, count).Select(id => new NodeId((ulong)id))];
        var learners = step.Nodes("learners");
        var membership = MembershipOf(step, voters, learners);
        var cluster = new ScriptCluster(Options(step), membership);
        var lines = Lines(step);
        foreach (var id in voters.Concat(learners).Concat(step.Nodes("strangers")))
        {
            var line = lines.GetValueOrDefault(id) ?? step with { Arguments = [] };
            Add(cluster, id, membership, line, step.Has("identities"));
        }

        foreach (var id in lines.Keys)
        {
            _ = cluster[id];
        }

        foreach (var node in cluster.Nodes)
        {
            cluster.ConnectToAll(node);
        }

        return cluster;
    }

    /// <summary>How a node starts, by the words of a case.</summary>
    public static NodeStart StartOf(ScriptCase step, NodeId id, NodeStart before) => before with
    {
        IsUnsure = step.Has("unsure"),
        LostHardState = step.Has("lost-vote"),
        Seed = before.Seed + (id.Value * 7919),
        Identity = before.Identity.IsNone ? default : before.Identity with
        {
            StartCount = new StartCount(before.Identity.StartCount.Value + 1),
        },
    };

    /// <summary>Marks entries of a disk as damaged.</summary>
    public static void Damage(ClusterDisk disk, IEnumerable<string> ranges, bool losesTerms)
    {
        foreach (var (first, last) in ranges.Select(StepArguments.Range))
        {
            for (var at = first; at <= last; at = at.Next)
            {
                disk.Log.Replace(at, disk.Log[at] with { IsDamaged = true, IsTermLost = losesTerms });
            }
        }
    }

    private static void Add(
        ScriptCluster cluster, NodeId id, Membership membership, ScriptCase line, bool hasIdentity)
    {
        line.Allow("log", "term", "vote", "commit", "damaged");
        var log = new ClusterLog(default, membership);
        log.Append(Terms(line).Select((term, i) => ClusterEntry.Command(term, $"{term}.{i + 1}", 10)));
        var last = log.Last > LogIndex.Zero ? log[log.Last].Term : default(Term);
        var hardState = new HardState(
            new Term((ulong)line.Number("term", (long)last.Value)), line.Node("vote"),
            new LogIndex((ulong)line.Number("commit", 0)));
        var disk = new ClusterDisk(hardState, log);
        Damage(disk, line.Find("damaged")?.Values ?? [], line.Has("lost-terms"));
        var identity = hasIdentity ? new PeerIdentity(new Incarnation(id.Value * 100), default) : default;
        var start = StartOf(line, id, new NodeStart { Identity = identity });
        cluster.Add(new ClusterNode(cluster, id, disk, start));
    }

    // 1x3 is short for 1,1,1.
    private static IEnumerable<Term> Terms(ScriptCase line)
    {
        foreach (var value in line.Find("log")?.Values ?? [])
        {
            var parts = value.Split('x');
            var count = parts.Length > 1 ? StepArguments.Number(parts[1]) : 1;
            for (var i = 0; i < count; i++)
            {
                yield return new Term((ulong)StepArguments.Number(parts[0]));
            }
        }
    }

    private static Dictionary<NodeId, ScriptCase> Lines(ScriptCase step)
    {
        var lines = new Dictionary<NodeId, ScriptCase>();
        foreach (var line in step.Input)
        {
            var parts = line.Split(':', 2);
            if (parts.Length < 2)
            {
                throw new ScriptException($"'{line}' does not begin with a node and a colon");
            }

            lines.Add(StepArguments.Id(parts[0].Trim()), step with
            {
                Directive = "line",
                Input = [],
                Arguments = ScriptArgument.Parse(parts[1]),
            });
        }

        return lines;
    }

    private static ConsensusOptions Options(ScriptCase step)
    {
        var options = new ConsensusOptions();
        foreach (var argument in step.Arguments)
        {
            if (Settings.TryGetValue(argument.Key, out var set))
            {
                options = set(options, StepArguments.Number(argument));
            }
        }

        return options;
    }

    private static Membership MembershipOf(ScriptCase step, NodeId[] voters, NodeId[] learners)
    {
        var priorities = step.Find("priorities")?.Values ?? [];
        Member[] members = [.. voters.Concat(learners).Select((id, i) => new Member(
            id, null, default, i < priorities.Count ? (byte)StepArguments.Number(priorities[i]) : (byte)0))];
        return new Membership(members, voters, learners: learners)
        {
            Lease = Milliseconds(step.Number("lease-ms", 0)),
        };
    }

    private static TimeSpan Milliseconds(long ms) => TimeSpan.FromMilliseconds(ms);
}
