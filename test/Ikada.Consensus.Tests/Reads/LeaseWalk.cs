namespace Ikada.Consensus.Tests.Reads;

/// <summary>
/// One seed's walk of a group with leases on, in true time, which no node knows: each node's clock has its
/// own offset and rate, as far apart as the drift allows. Messages are slow, lost or doubled, links are cut,
/// living leaders' connections reset, nodes pause and restart, leadership is handed over, hosts sleep between
/// reading the clock and taking a read. No read that its node lets stand may be older than what was
/// acknowledged when it began.
/// </summary>
internal sealed class LeaseWalk
{
    private readonly RandomSource _random;
    private readonly TimeSpan _lease;
    private readonly List<WalkingNode> _nodes = [];
    private readonly SortedDictionary<(TimeSpan At, ulong Number), Action> _events = [];
    private readonly Dictionary<(int From, int To), TimeSpan> _cutUntil = [];
    private ulong _eventCount;
    private ulong _acknowledged;
    private TimeSpan _now;
    private TimeSpan _end;
    private TimeSpan _quietUntil;

    public LeaseWalk(ulong seed)
    {
        _random = new RandomSource(seed);
        var size = _random.OneIn(3) ? 5 : 3;
        int[] drifts = [0, 5_000, 50_000, 100_000];
        var drift = drifts[_random.NextBelow(drifts.Length)];
        var options = new ConsensusOptions { ClockDriftPerMillionMax = drift };
        _lease = TimeSpan.FromMilliseconds(150 + _random.NextBelow(700));
        for (var id = 1; id <= size; id++)
        {
            _nodes.Add(new WalkingNode(id, Leased.Of(size, _lease), options, _random.Split(), this));
        }

        foreach (var node in _nodes)
        {
            ConnectAll(node);
            After(TimeSpan.Zero, () => Tick(node));
        }
    }

    /// <summary>Reads answered under a lease that stood.</summary>
    public int LeaseReads { get; private set; }

    /// <summary>Reads whose lease had run out when they were done.</summary>
    public int Expired { get; private set; }

    public ulong Acknowledged => _acknowledged;

    /// <summary>How often another node came to lead.</summary>
    public int Elections { get; private set; }

    public TimeSpan Now => _now;

    public void Walk(TimeSpan time)
    {
        _end = _now + time;
        After(TimeSpan.FromMilliseconds(1), Client);
        After(TimeSpan.FromMilliseconds(100), Fault);
        while (_events.Count > 0)
        {
            var first = _events.First();
            _events.Remove(first.Key);
            _now = first.Key.At;
            if (_now > _end)
            {
                return;
            }

            first.Value();
        }
    }

    public void Judge(WalkingNode node, Effect effect)
    {
        if (effect.Kind == EffectKind.Commit && node.Role == Role.Leader)
        {
            // The leader may tell its clients now.
            _acknowledged = Math.Max(_acknowledged, effect.Last.Value);
        }
        else if (effect.Kind == EffectKind.ObserveRole && effect.Role == Role.Leader)
        {
            Elections++;
        }
        else if (effect.Kind == EffectKind.AnswerRead)
        {
            JudgeRead(node, effect);
        }
    }

    // The read is done; the clock is read again.
    private void JudgeRead(WalkingNode node, in Effect effect)
    {
        if (node.Clock(_now) >= effect.ExpiresAt)
        {
            Expired++;
            return;
        }

        LeaseReads += effect.ExpiresAt == Instant.Never ? 0 : 1;
        Assert.True(
            effect.Last.Value >= effect.ReadId,
            $"at {_now} node {node.Node.Id} reads at {effect.Last}, acknowledged was {effect.ReadId};"
                + $" its lease lasts {effect.ExpiresAt - node.Clock(_now)}");
    }

    // Writes and reads at whoever thinks that it leads: clients do not know better.
    private void Client()
    {
        After(TimeSpan.FromMilliseconds(2 + _random.NextBelow(8)), Client);
        foreach (var node in _nodes.Where(node => node.Role == Role.Leader && node.FreeAt <= _now))
        {
            if (_now >= _quietUntil && _random.OneIn(3))
            {
                node.Do(_now, each => each.Propose("w"));
                Collect(node);
            }

            Read(node, clock: _now);
            if (_random.OneIn(100))
            {
                SleepBeforeRead(node);
            }
        }
    }

    private void Read(WalkingNode node, TimeSpan clock)
    {
        // The number of a read is what it must not be older than.
        var required = _acknowledged;
        node.Do(clock, each => each.Read(required));
        Collect(node);
    }

    // A host that reads the clock, sleeps, and only then takes the read that came meanwhile.
    private void SleepBeforeRead(WalkingNode node)
    {
        var clock = _now;
        var life = node.Life;
        Pause(node, TimeSpan.FromMilliseconds(_random.NextBelow(1500)));
        After(node.FreeAt - _now, () =>
        {
            if (node.Life == life && node.FreeAt <= _now && node.LastStep <= clock)
            {
                Read(node, clock);
            }
        });
    }

    private void Fault()
    {
        After(TimeSpan.FromMilliseconds(50 + _random.NextBelow(500)), Fault);
        var node = _nodes[_random.NextBelow(_nodes.Count)];
        var leader = _nodes.Where(each => each.Role == Role.Leader).MaxBy(each => each.Node.Term) ?? node;
        var time = TimeSpan.FromMilliseconds(100 + _random.NextBelow(2500));
        switch (_random.NextBelow(8))
        {
            case 0:
                Pause(_random.OneIn(2) ? leader : node, time);
                break;
            case 1:
                Reset(leader);
                break;
            case 2:
                CutAll(leader, time);
                Reset(leader);
                break;
            case 3:
                Cut(leader, node, time);
                break;
            case 4:
                Restart(node);
                break;
            case 5:
                Forget(leader, node);
                break;
            case 6:
                Transfer(leader, node);
                break;
            default:
                foreach (var each in _nodes.Where(each => each != leader && _random.OneIn(2)))
                {
                    Cut(leader, each, time);
                    Close(each, leader);
                }

                break;
        }
    }

    // One node loses the leader while nothing is written, so that its log could win. When its own promise has
    // ended, all the others forget theirs, and lose the leader too.
    private void Forget(WalkingNode leader, WalkingNode candidate)
    {
        _quietUntil = _now + TimeSpan.FromMilliseconds(450);
        After(TimeSpan.FromMilliseconds(450), () =>
        {
            var wait = (_lease * 1.3) + TimeSpan.FromMilliseconds(100);
            _quietUntil = _now + wait;
            Cut(leader, candidate, wait + TimeSpan.FromSeconds(1));
            Close(candidate, leader);
            After(wait, () =>
            {
                CutAll(leader, TimeSpan.FromSeconds(1));
                foreach (var other in _nodes.Where(other => other != leader && other != candidate))
                {
                    Restart(other);
                }
            });
        });
    }

    private void Transfer(WalkingNode leader, WalkingNode target)
    {
        if (leader.FreeAt <= _now)
        {
            leader.Do(_now, each => each.Transfer((int)target.Node.Id.Value));
            Collect(leader);
            if (_random.OneIn(2))
            {
                // Before it learns who won.
                After(TimeSpan.FromMilliseconds(_random.NextBelow(10)),
                    () => CutAll(leader, TimeSpan.FromMilliseconds(500)));
            }
        }
    }

    // SIGSTOP: what arrives meanwhile waits.
    private void Pause(WalkingNode node, TimeSpan time) => node.FreeAt = Max(node.FreeAt, _now + time);

    // All connections of a living node break and open again.
    private void Reset(WalkingNode node)
    {
        foreach (var other in _nodes.Where(other => other != node))
        {
            Close(other, node);
            Close(node, other);
        }
    }

    private void Close(WalkingNode node, WalkingNode peer)
    {
        Enqueue(node, _now, each => each.Closed((int)peer.Node.Id.Value));
        Enqueue(node, _now + TimeSpan.FromMilliseconds(_random.NextBelow(400)), each =>
        {
            if (!IsCut(peer, node))
            {
                each.Opened((int)peer.Node.Id.Value);
            }
        });
    }

    private void CutAll(WalkingNode node, TimeSpan time)
    {
        foreach (var other in _nodes.Where(other => other != node))
        {
            Cut(node, other, time);
        }
    }

    private void Cut(WalkingNode left, WalkingNode right, TimeSpan time)
    {
        _cutUntil[(left.Index, right.Index)] = _now + time;
        _cutUntil[(right.Index, left.Index)] = _now + time;
    }

    private bool IsCut(WalkingNode from, WalkingNode to) =>
        _cutUntil.TryGetValue((from.Index, to.Index), out var until) && _now < until;

    private void Restart(WalkingNode node)
    {
        node.Restart(_now, _random.NextUInt64());
        foreach (var other in _nodes.Where(other => other != node))
        {
            Close(other, node);
        }

        ConnectAll(node);
        Collect(node);
    }

    private void ConnectAll(WalkingNode node)
    {
        foreach (var other in _nodes.Where(other => other != node))
        {
            Enqueue(node, _now, each => each.Opened((int)other.Node.Id.Value));
        }
    }

    private void Tick(WalkingNode node)
    {
        if (node.FreeAt > _now)
        {
            After(node.FreeAt - _now, () => Tick(node));
            return;
        }

        if (node.Clock(_now) >= node.Node.Core.NextDeadline)
        {
            node.Do(_now, each => each.Tick());
            Collect(node);
        }

        After(TimeSpan.FromMilliseconds(2), () => Tick(node));
    }

    // An input that waits while its node does not run; one of an earlier life is lost.
    private void Enqueue(WalkingNode node, TimeSpan at, Action<TestNode> input)
    {
        var life = node.Life;
        void Take()
        {
            if (node.Life != life)
            {
                return;
            }

            if (node.FreeAt > _now)
            {
                After(node.FreeAt - _now, Take);
                return;
            }

            node.Do(_now, input);
            Collect(node);
        }

        After(at - _now, Take);
    }

    private void Collect(WalkingNode node)
    {
        foreach (var sent in node.Node.TakeSent())
        {
            var to = _nodes[(int)sent.Message.To.Value - 1];
            if (_random.OneIn(40))
            {
                continue;
            }

            Send(node, to, sent, Delay());
            if (_random.OneIn(40))
            {
                Send(node, to, sent, TimeSpan.FromMilliseconds(_random.NextBelow(3000)));
            }
        }
    }

    private void Send(WalkingNode from, WalkingNode to, Envelope sent, TimeSpan delay) => After(delay, () =>
    {
        if (!IsCut(from, to))
        {
            Enqueue(to, _now, each => each.Receive(sent));
        }
    });

    private TimeSpan Delay() => TimeSpan.FromMicroseconds(
        _random.OneIn(8) ? 20_000 + _random.NextBelow(400_000) : 200 + _random.NextBelow(4_000));

    private void After(TimeSpan delay, Action action) => _events.Add((_now + delay, _eventCount++), action);

    private static TimeSpan Max(TimeSpan left, TimeSpan right) => left > right ? left : right;
}
