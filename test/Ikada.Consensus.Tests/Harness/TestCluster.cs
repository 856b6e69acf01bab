namespace Ikada.Consensus.Tests.Harness;

/// <summary>
/// N nodes on one virtual clock and a pool of messages that a test may deliver, hold, drop or reorder.
/// Every step is judged by <see cref="SafetyRules"/>.
/// </summary>
internal sealed class TestCluster
{
    private readonly HashSet<(NodeId From, NodeId To)> _cut = [];
    private readonly HashSet<NodeId> _down = [];
    private readonly SafetyRules _rules;

    public TestCluster(int size, Func<NodeSetup, NodeSetup>? change = null)
    {
        for (var id = 1; id <= size; id++)
        {
            var setup = new NodeSetup
            {
                Id = id, Membership = NodeSetup.VotersOf(size), Seed = (ulong)(id * 7919),
            };
            Nodes.Add(new TestNode(change?.Invoke(setup) ?? setup));
        }

        Now = Nodes[0].Now;
        _rules = new SafetyRules(this);
        foreach (var node in Nodes)
        {
            node.OnEffect = _rules.Judge;
            ConnectToAll(node);
        }
    }

    public List<TestNode> Nodes { get; } = [];

    public List<Envelope> Pool { get; } = [];

    public Instant Now { get; private set; }

    public TestNode this[int id] => Nodes[id - 1];

    public TestNode? Leader => Nodes
        .Where(node => node.Role == Role.Leader && !_down.Contains(node.Id)).MaxBy(node => node.Term);

    public bool IsDown(TestNode node) => _down.Contains(node.Id);

    /// <summary>Nothing passes between this node and the others any more; connections stay open.</summary>
    public void Isolate(int id)
    {
        foreach (var other in Nodes)
        {
            _cut.Add((Make.Id(id), other.Id));
            _cut.Add((other.Id, Make.Id(id)));
        }
    }

    public void Cut(int from, int to) => _cut.Add((Make.Id(from), Make.Id(to)));

    public void Heal() => _cut.Clear();

    /// <summary>
    /// The process dies: its queue to the disk is lost, and the others see its connections close.
    /// </summary>
    public void Crash(int id, bool closesConnections = true)
    {
        _down.Add(Make.Id(id));
        this[id].Disk.LoseQueue();
        this[id].Sent.Clear();
        foreach (var other in Nodes)
        {
            if (closesConnections && !IsDown(other))
            {
                other.Now = Now;
                other.Closed(id);
                Gather(other);
            }
        }
    }

    public void Restart(int id, ulong seed)
    {
        _down.Remove(Make.Id(id));
        this[id].Now = Now;
        this[id].Restart(seed);
        ConnectToAll(this[id]);
        Gather(this[id]);
    }

    /// <summary>It comes back with an empty disk.</summary>
    public void Wipe(int id, ulong seed, ulong incarnation = 0)
    {
        _down.Remove(Make.Id(id));
        this[id].Now = Now;
        this[id].Wipe(seed, incarnation);
        ConnectToAll(this[id]);
        Gather(this[id]);
    }

    public void Do(int id, Action<TestNode> action)
    {
        var node = this[id];
        node.Now = Now;
        action(node);
        Gather(node);
    }

    /// <summary>Lets this node's time run out first, then settles.</summary>
    public void Campaign(int id)
    {
        Now = new Instant(Math.Max(Now.Ticks, this[id].Core.NextDeadline.Ticks));
        Do(id, node => node.Tick());
        Settle();
    }

    public void Propose(int id, params string[] bodies)
    {
        Do(id, node => node.Propose(bodies));
        Settle();
    }

    /// <summary>Asks a node for a change of membership, then settles; see <see cref="Wish"/>.</summary>
    public void Change(int id, MembershipChange change)
    {
        Do(id, node => node.Change(change));
        Settle();
    }

    /// <summary>Delivers, oldest first, until nothing is on its way.</summary>
    public void Settle()
    {
        for (var delivered = 0; Pool.Count > 0; delivered++)
        {
            Assert.True(delivered < 100_000, "the messages never end");
            Deliver(0);
        }
    }

    /// <summary>
    /// Takes the message at that place of the pool and hands it over, unless it is cut off.
    /// </summary>
    public void Deliver(int place, bool keeps = false)
    {
        var envelope = Pool[place];
        if (!keeps)
        {
            Pool.RemoveAt(place);
        }

        var to = Nodes[(int)envelope.Message.To.Value - 1];
        var arrives = !IsDown(to) && !_cut.Contains((envelope.Message.From, envelope.Message.To));
        if (arrives)
        {
            to.Now = Now;
            to.Receive(envelope);
            Gather(to);
        }

        if (envelope.Snapshot is not null && !keeps)
        {
            EndTransfer(envelope, arrives);
        }
    }

    /// <summary>Drops the message at that place; the sender of a snapshot is told.</summary>
    public Envelope Drop(int place)
    {
        var envelope = Pool[place];
        Pool.RemoveAt(place);
        if (envelope.Snapshot is not null)
        {
            EndTransfer(envelope, succeeded: false);
        }

        return envelope;
    }

    /// <summary>Lets time pass, ticking each node when it is due, delivering all in between.</summary>
    public void RunFor(TimeSpan time)
    {
        var end = Now + time;
        while (true)
        {
            var next = Nodes.Where(node => !IsDown(node)).MinBy(node => node.Core.NextDeadline.Ticks);
            if (next is null || next.Core.NextDeadline > end)
            {
                break;
            }

            Now = new Instant(Math.Max(Now.Ticks, next.Core.NextDeadline.Ticks));
            Do((int)next.Id.Value, node => node.Tick());
            Settle();
        }

        Now = end;
    }

    /// <summary>Lets time pass and delivers, message by message, until that is so.</summary>
    public void RunUntil(Func<bool> holds)
    {
        for (var steps = 0; !holds(); steps++)
        {
            Assert.True(steps < 100_000, "it never comes about");
            if (Pool.Count > 0)
            {
                Deliver(0);
                continue;
            }

            var next = Nodes.Where(node => !IsDown(node)).MinBy(node => node.Core.NextDeadline.Ticks)!;
            Now = new Instant(Math.Max(Now.Ticks, next.Core.NextDeadline.Ticks));
            Do((int)next.Id.Value, node => node.Tick());
        }
    }

    /// <summary>Asks a node to read; the answer is judged against what is committed now.</summary>
    public ulong Read(int id)
    {
        var readId = _rules.ReadAsked();
        Do(id, node => node.Read(readId));
        return readId;
    }

    public void Pass(TimeSpan time) => Now += time;

    public void CheckLogs() => _rules.CheckLogMatching();

    /// <summary>The logs of all members equal, and committed to the end.</summary>
    public void AssertConverged()
    {
        var model = Leader ?? Nodes[0];
        foreach (var node in Nodes.Where(
            node => !IsDown(node) && model.Core.Membership.Contains(node.Id)))
        {
            Assert.Equal(model.Log, node.Log);
            Assert.Equal((ulong)node.Log.Count, node.Commit);
        }
    }

    private void ConnectToAll(TestNode node)
    {
        foreach (var other in Nodes.Where(other => other != node && !IsDown(other)))
        {
            node.Opened((int)other.Id.Value);
            other.Now = Now;
            other.Opened((int)node.Id.Value);
            Gather(other);
        }
    }

    private void EndTransfer(Envelope envelope, bool succeeded)
    {
        var from = (int)envelope.Message.From.Value;
        if (!IsDown(this[from]))
        {
            Do(from, node => node.SnapshotEnded((int)envelope.Message.To.Value, succeeded));
        }
    }

    private void Gather(TestNode node)
    {
        Pool.AddRange(node.TakeSent());
        Effect[] transfers = [.. node.SnapshotWishes];
        node.SnapshotWishes.Clear();
        foreach (var transfer in transfers)
        {
            // One transfer to a peer at a time; one that was under way is resumed, that is, begun anew here.
            Pool.RemoveAll(each => each.Snapshot is not null && each.Message.From == node.Id
                && each.Message.To == transfer.Peer);
            if (transfer.Kind == EffectKind.SendSnapshot)
            {
                Send(node, transfer);
            }
        }
    }

    private void Send(TestNode node, in Effect wish)
    {
        var snapshot = node.Snapshot(Math.Min(node.Commit, node.Core.Durable.Value));
        Assert.True(
            snapshot.Position.Index >= wish.First, $"{wish.First} is not reached by {snapshot.Position}");
        Pool.Add(new Envelope(
            new Message
            {
                Type = MessageType.InstallSnapshot, From = node.Id, To = wish.Peer, Term = node.Core.Term,
                Position = snapshot.Position,
            },
            [])
        {
            Sender = node.Identity, Snapshot = snapshot,
        });
        var peer = wish.Peer;
        Do((int)node.Id.Value, each => each.SnapshotStarted((int)peer.Value, snapshot.Position.Index.Value));
    }
}
