namespace Ikada.Replica.Tests.Harness;

/// <summary>Replicas on one virtual clock, with a network that a test may cut.</summary>
internal sealed class ReplicaCluster
{
    private readonly HashSet<NodeId> _isolated = [];
    private readonly NodePlan _plan;

    public ReplicaCluster(
        int size, ReplicaOptions? options = null, long tailBytes = 1 << 20, Membership? membership = null,
        ConsensusOptions? consensus = null, bool isDurable = false)
    {
        NodeId[] ids = [.. Enumerable.Range(1, size).Select(each => new NodeId((ulong)each))];
        membership ??= new Membership([.. ids.Select(each => new Member(each, null, default))], ids);
        _plan = new NodePlan(
            membership, options ?? new ReplicaOptions(), consensus ?? new ConsensusOptions(), tailBytes)
        {
            IsDurable = isDurable,
        };
        for (var id = 1; id <= size; id++)
        {
            Nodes.Add(new ReplicaNode(_plan, id, Now));
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

    private readonly Dictionary<MessageType, long> _bytes = [];

    public List<ReplicaNode> Nodes { get; } = [];

    public Instant Now { get; private set; } = new(TimeSpan.FromHours(1).Ticks);

    public ReplicaNode this[int id] => Nodes[id - 1];

    public void Isolate(int id) => _isolated.Add(new NodeId((ulong)id));

    public void Heal() => _isolated.Clear();

    /// <summary>Sees each message before it is delivered, and may keep it from being so.</summary>
    public Func<Message, bool> Delivers { get; set; } = _ => true;

    /// <summary>What a message carries when it arrives.</summary>
    public Func<Message, LogEntry[], LogEntry[]> Alters { get; set; } = (_, entries) => entries;

    /// <summary>The bodies of all messages of this type that were delivered, in bytes.</summary>
    public long Delivered(MessageType type) => _bytes.GetValueOrDefault(type);

    /// <summary>Whether nothing reaches the disk of a node that starts.</summary>
    public bool StartsHoldDisk { get; set; }

    /// <summary>The process of a node ends without a word and starts again over its disk; what its disk and
    /// threads had to do is not done.</summary>
    public ReplicaNode Restart(int id)
    {
        var old = this[id];
        Nodes[id - 1] = new ReplicaNode(_plan, id, Now, old.Disk, old.Starts + 1, old.Files)
        {
            HoldsDisk = StartsHoldDisk,
        };
        foreach (var other in Nodes.Where(other => other.Id != old.Id))
        {
            Reconnect(other, this[id]);
        }

        this[id].Run();
        return this[id];
    }

    /// <summary>The connections between two nodes are closed, and opened again; what is on its way is
    /// lost.</summary>
    public void Reconnect(ReplicaNode one, ReplicaNode other)
    {
        one.Sent.RemoveAll(sent => sent.Message.To == other.Id);
        other.Sent.RemoveAll(sent => sent.Message.To == one.Id);
        one.Replica.ConnectionClosed(Now, other.Id);
        other.Replica.ConnectionClosed(Now, one.Id);
        one.Replica.ConnectionOpened(Now, other.Id);
        other.Replica.ConnectionOpened(Now, one.Id);
        one.Run();
        other.Run();
    }

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
                foreach (var (message, carried) in sent)
                {
                    if (!_isolated.Contains(message.From) && !_isolated.Contains(message.To)
                        && Delivers(message))
                    {
                        var entries = Alters(message, carried);
                        _bytes[message.Type] = Delivered(message.Type)
                            + entries.Sum(entry => (long)entry.Body.Length);
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
