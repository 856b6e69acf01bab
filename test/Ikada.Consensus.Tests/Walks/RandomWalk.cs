namespace Ikada.Consensus.Tests.Walks;

/// <summary>
/// One seed's walk over a cluster: messages dropped, doubled and reordered, writes held back, logs out of
/// space, crashes with restart from the disk alone, cuts, closed connections. Every second walk is a storm of
/// elections. Then all faults end and the cluster must agree and serve.
/// </summary>
internal class RandomWalk
{
    private const int PoolMax = 200;
    private readonly RandomSource _random;
    private readonly TestCluster _cluster;
    private readonly bool _isStorm;
    private readonly MembershipActs? _membership;
    private int _proposals;

    /// <summary>Draws a cluster.</summary>
    /// <param name="seed">Draws everything.</param>
    /// <param name="changesMembership">Whether members come, go and lose their disks.</param>
    /// <param name="size">How many nodes; 0: drawn, 1 to 5.</param>
    public RandomWalk(ulong seed, bool changesMembership = false, int size = 0)
    {
        _random = new RandomSource(seed);
        // Small batches and a small window, so that their bounds are met.
        var options = new ConsensusOptions { AppendBytesMax = 1024, InflightBytesMax = 2048 };
        size = size > 0 ? size : 1 + _random.NextBelow(5);
        _isStorm = seed % 2 == 0;
        var spares = changesMembership ? 2 : 0;
        _cluster = new TestCluster(size + spares, setup => setup with
        {
            Seed = _random.NextUInt64(),
            Options = options,
            Membership = NodeSetup.VotersOf(size),
            Incarnation = changesMembership ? 100 + (ulong)setup.Id : 0,
        });
        _membership = changesMembership ? new MembershipActs(_cluster, _random) : null;
        foreach (var node in _cluster.Nodes)
        {
            node.HoldsDisk = true;
        }
    }

    protected TestCluster Cluster => _cluster;

    protected RandomSource Random => _random;

    /// <summary>How often a log was compacted.</summary>
    public int Compactions { get; private set; }

    /// <summary>How often a log ran out of space, or had some again.</summary>
    public int Fills { get; private set; }

    /// <summary>How many snapshots were put in force.</summary>
    public int Installs => _cluster.Nodes.Sum(node => node.Disk.Installs);

    public int Size => _cluster.Nodes.Count;

    /// <summary>How many changes of membership were taken, and how many disks were lost.</summary>
    public (int Changes, int Wiped) Membership => (_membership?.Taken ?? 0, _membership?.Wiped ?? 0);

    /// <summary>How many entries were committed, to show that a walk got anywhere.</summary>
    public ulong Committed => _cluster.Nodes.Max(node => node.Commit);

    public ulong HighestTerm => _cluster.Nodes.Max(node => node.Term);

    public void Walk(int steps)
    {
        for (var step = 0; step < steps; step++)
        {
            Act();
            if (step % 50 == 0)
            {
                _cluster.CheckLogs();
            }
        }

        _cluster.CheckLogs();
    }

    /// <summary>Faults end: a leader is found, a new entry commits everywhere, all logs are equal.</summary>
    public void HealAndServe()
    {
        _cluster.Heal();
        foreach (var node in _cluster.Nodes)
        {
            var id = (int)node.Id.Value;
            if (_cluster.IsDown(node))
            {
                _cluster.Restart(id, _random.NextUInt64());
            }

            node.HoldsDisk = false;
            _cluster.Do(id, each => each.FlushDisk());
            _cluster.Do(id, each => each.Fill(false));
            foreach (var other in _cluster.Nodes.Where(other => other != node))
            {
                _cluster.Do(id, each => each.Opened((int)other.Id.Value));
                _cluster.Do(id, each => each.Step(Input.PeerDrained(each.Now, other.Id)));
            }
        }

        _cluster.Settle();
        _cluster.RunFor(TimeSpan.FromSeconds(30));
        _membership?.Heal();
        Assert.NotNull(_cluster.Leader);
        _cluster.Propose((int)_cluster.Leader.Id.Value, "the last");
        _cluster.RunFor(TimeSpan.FromSeconds(1));
        _cluster.CheckLogs();
        _cluster.AssertConverged();
        Assert.Equal("the last", _cluster.Leader.Log[^1].Body);
    }

    private void Act()
    {
        var id = 1 + _random.NextBelow(Size);
        var node = _cluster[id];
        var dice = _random.NextBelow(100);
        if (_isStorm && !_cluster.IsDown(node) && _random.OneIn(25))
        {
            Storm(id, node);
        }
        else if (_membership is not null && _random.OneIn(30))
        {
            _membership.Act();
        }
        else if (!_cluster.IsDown(node) && _random.OneIn(40))
        {
            Fills++;
            _cluster.Do(id, each => each.Fill(!each.Core.IsFull));
        }
        else if (dice < 50)
        {
            DeliverOne();
        }
        else if (_cluster.IsDown(node))
        {
            if (_random.OneIn(3))
            {
                _cluster.Restart(id, _random.NextUInt64());
            }
        }
        else if (dice < 70)
        {
            Flush(id, node);
        }
        else if (dice < 80)
        {
            _cluster.Pass(TimeSpan.FromMilliseconds(_random.NextBelow(60)));
            _cluster.Do(id, each => each.Tick());
        }
        else if (dice < 82)
        {
            Expire(id, node);
        }
        else
        {
            ActRarely(id, node, dice);
        }
    }

    // Leaders change before their entries have spread: figure 8.
    private void Storm(int id, TestNode node)
    {
        if (_random.OneIn(3))
        {
            Crash(id, node);
            _cluster.Restart(id, _random.NextUInt64());
        }
        else
        {
            Expire(id, node);
        }
    }

    private void ActRarely(int id, TestNode node, int dice)
    {
        var other = 1 + _random.NextBelow(Size);
        if (dice < 92)
        {
            var body = $"p{++_proposals}".PadRight(_random.OneIn(4) ? 700 : 8, '.');
            var target = _cluster.Leader is { } leader ? (int)leader.Id.Value : id;
            _cluster.Do(target, each => each.Propose(body, body + "'"));
        }
        else if (dice < 93)
        {
            _cluster.Do(id, each => each.Transfer(_random.NextBelow(Size + 1)));
        }
        else if (dice < 95)
        {
            _cluster.Read(_cluster.Leader is { } leader ? (int)leader.Id.Value : id);
        }
        else if (dice < 96)
        {
            Crash(id, node);
        }
        else if (dice < 97)
        {
            _cluster.Cut(id, other);
        }
        else if (dice < 98)
        {
            _cluster.Heal();
        }
        else if (other != id)
        {
            ReportConnection(id, Make.Id(other));
        }
    }

    private void DeliverOne()
    {
        if (_cluster.Pool.Count == 0)
        {
            return;
        }

        // Mostly in order, sometimes from anywhere.
        var place = _random.OneIn(3) ? _random.NextBelow(_cluster.Pool.Count) : 0;
        if (_random.OneIn(15) || _cluster.Pool.Count > PoolMax)
        {
            var dropped = _cluster.Drop(place).Message;
            var from = (int)dropped.From.Value;
            if (_random.OneIn(2) && dropped.Type == MessageType.Append && !_cluster.IsDown(_cluster[from]))
            {
                _cluster.Do(from, sender => sender.Step(Input.SendDropped(sender.Now, dropped.To)));
            }

            return;
        }

        _cluster.Deliver(place, keeps: _random.OneIn(20));
    }

    private void Flush(int id, TestNode node)
    {
        var count = _random.NextBelow(4);
        for (var i = 0; i <= count && node.Disk.Queued > 0; i++)
        {
            _cluster.Do(id, each => each.FlushOne());
        }

        if (_random.OneIn(4) && Compacts)
        {
            Compact(id, node);
        }
    }

    private void Compact(int id, TestNode node)
    {
        var limit = Math.Min(node.Core.CompactionLimit.Value, node.Core.Durable.Value);
        if (limit > node.Disk.Base.Index.Value && node.Disk.Queued == 0)
        {
            _cluster.Do(id, each => each.Compact(limit));
            Compactions++;
        }
    }

    // Time runs out for one node, leader or not.
    private void Expire(int id, TestNode node)
    {
        if (node.Core.NextDeadline > _cluster.Now)
        {
            _cluster.Pass(node.Core.NextDeadline - _cluster.Now);
        }

        _cluster.Do(id, each => each.Tick());
    }

    // Some of what was queued may have reached the disk without anybody having been told.
    private void Crash(int id, TestNode node)
    {
        for (var i = _random.NextBelow(node.Disk.Queued + 1); i > 0; i--)
        {
            node.Disk.CarryOutNext();
        }

        _cluster.Crash(id, closesConnections: _random.OneIn(2));
        Crashed(node);
    }

    /// <summary>Whether logs are compacted on the way.</summary>
    protected virtual bool Compacts => true;

    /// <summary>It is down; what is on its disk is what it will find.</summary>
    protected virtual void Crashed(TestNode node)
    {
    }

    private void ReportConnection(int id, NodeId peer)
    {
        var which = _random.NextBelow(4);
        _cluster.Do(id, node => node.Step(which switch
        {
            0 => Input.ConnectionClosed(node.Now, peer),
            1 => Input.ConnectionOpened(node.Now, peer),
            2 => Input.PeerCongested(node.Now, peer),
            _ => Input.PeerDrained(node.Now, peer),
        }));
    }
}
