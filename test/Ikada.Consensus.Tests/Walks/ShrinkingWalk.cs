using CsCheck;

namespace Ikada.Consensus.Tests.Walks;

/// <summary>
/// A walk as a list of acts, so that one that breaks a rule is shrunk to the few acts that do. Four nodes,
/// three of them voters at first; every step is judged by the five properties of figure 3 and the core's own
/// invariants.
/// </summary>
public sealed class ShrinkingWalk
{
    private const int Size = 4;

    private static readonly string[] Changes =
        ["v4", "l4", "r4", "r1", "r2 v4", "v4 r3 l2", "l1", "v1 v2 v3", "r1 r2", "f2", "u3", "v1 v2 v3 v4"];

    private static readonly Gen<Act[]> Walk =
        (from kind in Gen.Int[0, 19]
         from node in Gen.Int[1, Size]
         from value in Gen.Int[0, 99]
         select new Act(kind, node, value)).Array[20, 150];

    [Fact]
    public void No_list_of_inputs_breaks_a_rule() => Walk.Sample(Run, iter: 200);

    private static void Run(Act[] walk)
    {
        var cluster = new TestCluster(Size, setup => setup with
        {
            Membership = NodeSetup.VotersOf(3),
            Incarnation = 10 + (ulong)setup.Id,
        });
        foreach (var node in cluster.Nodes)
        {
            node.HoldsDisk = true;
        }

        foreach (var act in walk)
        {
            Do(cluster, act);
        }

        cluster.CheckLogs();
    }

    private static void Do(TestCluster cluster, Act act)
    {
        var node = cluster[act.Node];
        if (act.Kind < 7)
        {
            DeliverSome(cluster, act);
        }
        else if (cluster.IsDown(node))
        {
            cluster.Restart(act.Node, (ulong)act.Value + 1);
        }
        else if (act.Kind < 11)
        {
            cluster.Do(act.Node, each => each.FlushDisk());
        }
        else if (act.Kind < 13)
        {
            // Time runs out for this node, leader or not.
            cluster.Pass(TimeSpan.FromTicks(Math.Max(0, (node.Core.NextDeadline - cluster.Now).Ticks)));
            cluster.Do(act.Node, each => each.Tick());
        }
        else
        {
            DoRarely(cluster, act);
        }
    }

    // Several in order, or one from anywhere, or it is lost or comes twice.
    private static void DeliverSome(TestCluster cluster, Act act)
    {
        for (var i = 0; act.Kind < 5 && i <= act.Value % 8 && cluster.Pool.Count > 0; i++)
        {
            cluster.Deliver(0);
        }

        if (act.Kind >= 5 && cluster.Pool.Count > 0)
        {
            var place = act.Value % cluster.Pool.Count;
            if (act.Kind == 5)
            {
                cluster.Deliver(place, keeps: act.Node == 1);
            }
            else
            {
                cluster.Pool.RemoveAt(place);
            }
        }
    }

    private static void DoRarely(TestCluster cluster, Act act)
    {
        var leader = cluster.Leader is { } leading ? (int)leading.Id.Value : act.Node;
        switch (act.Kind)
        {
            case 13:
                cluster.Do(leader, each => each.Propose($"p{act.Value}"));
                break;
            case 14 or 15:
                var mode = (ChangeMode)(act.Value % 4);
                cluster.Do(leader, each => each.Change(Wish.Of(mode, Changes[act.Value % Changes.Length])));
                break;
            case 16:
                cluster.Do(leader, each => each.Change(Wish.Leave));
                break;
            case 17:
                cluster.Do(leader, each => each.Step(Input.TransferRequested(each.Now, Make.Id(act.Node))));
                break;
            case 18:
                cluster.Crash(act.Node, closesConnections: act.Value < 50);
                break;
            default:
                var peer = 1 + (act.Value % Size);
                cluster.Do(act.Node, each => Connect(each, peer, act.Value < 50 && peer != act.Node));
                break;
        }
    }

    private static void Connect(TestNode node, int peer, bool opens)
    {
        if (opens)
        {
            node.Opened(peer);
        }
        else if (Make.Id(peer) != node.Id)
        {
            node.Closed(peer);
        }
    }

    internal readonly record struct Act(int Kind, int Node, int Value);
}
