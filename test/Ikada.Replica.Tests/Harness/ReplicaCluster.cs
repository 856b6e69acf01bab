namespace Ikada.Replica.Tests.Harness;

/// <summary>Replicas on one virtual clock, with a network that a test may cut.</summary>
internal sealed class ReplicaCluster
{
    private readonly HashSet<NodeId> _isolated = [];

    public ReplicaCluster(
        int size, ReplicaOptions? options = null, long tailBytes = 1 << 20, Membership? membership = null,
        ConsensusOptions? consensus = null)
    {
        for (var id = 1; id <= size; id++)
        {
            Nodes.Add(new ReplicaNode(id, size, Now, options, tailBytes, membership, consensus));
        }

        foreach (var node in Nodes)
        {
            node.Run();
            foreach (var other in Nodes.Where(other => other != node))
            {
                node.Replica.ConnectionOpened(Now, other.Id);
            }
        }
    }

    public List<ReplicaNode> Nodes { get; } = [];

    public Instant Now { get; private set; } = new(TimeSpan.FromHours(1).Ticks);

    public ReplicaNode this[int id] => Nodes[id - 1];

    public void Isolate(int id) => _isolated.Add(new NodeId((ulong)id));

    public void Heal() => _isolated.Clear();

    /// <summary>Makes this node the leader, by letting its time run out first.</summary>
    public void Elect(int id)
    {
        for (var tries = 0; tries < 3 && this[id].Replica.Status.Role != Role.Leader; tries++)
        {
            Now = new Instant(Math.Max(Now.Ticks, this[id].Replica.NextDeadline.Ticks));
            SetTime();
            this[id].Tick();
            Settle();
        }

        Assert.Equal(Role.Leader, this[id].Replica.Status.Role);
    }

    /// <summary>Delivers until nothing is on its way.</summary>
    public void Settle()
    {
        for (var rounds = 0; Nodes.Any(node => node.Sent.Count > 0); rounds++)
        {
            Assert.True(rounds < 10_000, "the messages never end");
            foreach (var node in Nodes)
            {
                (Message Message, LogEntry[] Entries)[] sent = [.. node.Sent];
                node.Sent.Clear();
                foreach (var (message, entries) in sent)
                {
                    if (!_isolated.Contains(message.From) && !_isolated.Contains(message.To))
                    {
                        this[(int)message.To.Value].Receive(message, entries);
                    }
                }
            }
        }
    }

    public void RunFor(TimeSpan time)
    {
        for (var end = Now + time; Now < end;)
        {
            Now += TimeSpan.FromMilliseconds(10);
            SetTime();
            foreach (var node in Nodes.Where(node => node.Replica.NextDeadline <= Now))
            {
                node.Tick();
            }

            Settle();
        }
    }

    private void SetTime()
    {
        foreach (var node in Nodes)
        {
            node.Now = Now;
        }
    }
}
