using Ikada.Primitives;
using Ikada.Simulation.Coverage;
using Ikada.Simulation.Faults;
using Ikada.Simulation.Time;
using Ikada.Simulation.Trace;

namespace Ikada.Simulation.Network;

/// <summary>
/// The links between the nodes. They carry encoded frames and treat them as badly as the conditions say. A
/// connection that closes is reported to both ends; a node that has lost power says nothing, and its peers
/// learn it late.
/// </summary>
internal sealed class SimulatedNetwork
{
    /// <summary>The epoch of a replayed frame: it comes up again on whatever connection there is.</summary>
    public const int AnyEpoch = -1;

    private const long QueueBytesMax = 8 << 20;
    private readonly World _world;
    private readonly RandomSource _random;
    private readonly Link[] _links;

    public SimulatedNetwork(World world, RandomSource random)
    {
        _world = world;
        _random = random;
        Fates = new FrameFates(world, Frames, random);
        Queues = new SlowQueues(world, this);
        Notices = new ConnectionNotices(world, this);
        var count = world.NodeCount;
        _links = new Link[count * count];
        for (var i = 0; i < _links.Length; i++)
        {
            _links[i] = new Link(i / count, i % count);
        }
    }

    /// <summary>What nodes are told of connections.</summary>
    public ConnectionNotices Notices { get; }

    public FramePool Frames { get; } = new();

    /// <summary>What befalls single frames.</summary>
    public FrameFates Fates { get; }

    /// <summary>The queues before slow wires.</summary>
    public SlowQueues Queues { get; }

    public Link Between(int from, int to) => _links[(from * _world.NodeCount) + to];

    /// <summary>Sends a frame; takes it over. False: no connection or the queue is full, nothing was
    /// sent.</summary>
    public bool Send(int from, int to, SimFrame frame)
    {
        var link = Between(from, to);
        if (!link.IsOpen)
        {
            Frames.Release(frame);
            return false;
        }

        if (Fates.IsTooLongToSend(link, frame))
        {
            return false;
        }

        if (link.Queue is not null)
        {
            return Queues.Offer(link, frame);
        }

        if (link.BytesInFlight + frame.Length > QueueBytesMax)
        {
            Queues.Congested(link);
            Frames.Release(frame);
            return false;
        }

        Pass(link, frame);
        return true;
    }

    /// <summary>A frame goes on the wire; whatever becomes of it there, its sender is told
    /// nothing.</summary>
    public void Pass(Link link, SimFrame frame)
    {
        _world.Counts.Messages++;
        var conditions = _world.Options.Frames.Contains(_world.Now) ? link.Conditions : LinkConditions.Calm;
        var delay = conditions.DelayMin + _random.Exponential(conditions.DelayMean);
        // One draw decides for most frames that nothing happens to them.
        var fate = _random.NextBelow(1_000_000);
        if (conditions.ReplayPerMillion > 0 && Fates.Replayed(link, frame, conditions) is { } old)
        {
            Arrive(link, old, _world.Now + _random.Exponential(3 * Draw.Second), AnyEpoch);
        }

        if (link.IsCut || fate < conditions.DropPerMillion)
        {
            Fates.Lose(link, frame);
            return;
        }

        if (link.LostTypes != 0 && Fates.LosesByType(link, frame))
        {
            return;
        }

        if (conditions.SnapshotCutPerMillion > 0 && frame.IsOfSnapshot
            && _random.Chance(conditions.SnapshotCutPerMillion))
        {
            CutSnapshot(link, frame);
            return;
        }

        if (conditions.DuplicatePerMillion > 0 && _random.Chance(conditions.DuplicatePerMillion))
        {
            frame.Holders++;
            Fates.Fired(FaultKind.Duplicate, TraceKind.FrameDuplicated, link, frame);
            Arrive(link, frame, _world.Now + delay + _random.Exponential(20 * Draw.Millisecond));
        }

        if (conditions.CorruptPerMillion > 0 && _random.Chance(conditions.CorruptPerMillion))
        {
            frame = Fates.Corrupted(link, frame);
        }
        else if (conditions.TruncatePerMillion > 0 && Fates.Further.Chance(conditions.TruncatePerMillion))
        {
            frame = Fates.BrokenOff(link, frame);
        }

        Arrive(link, frame, ArrivalTime(link, frame, delay, conditions));
    }

    /// <summary>Starts a node's outgoing connections. What peers send on connections to its earlier life is
    /// answered with a reset.</summary>
    public void NodeStarted(int node)
    {
        for (var peer = 0; peer < _world.NodeCount; peer++)
        {
            if (peer != node)
            {
                ScheduleConnect(Between(node, peer), Draw.Millisecond);
                BreakLater(Between(peer, node), _random.Between(0, 50 * Draw.Millisecond));
            }
        }
    }

    /// <summary>A node lost power or was killed. Its peers notice soon when its system lives on, else
    /// late.</summary>
    public void NodeStopped(int node)
    {
        var silent = _random.OneIn(3);
        for (var peer = 0; peer < _world.NodeCount; peer++)
        {
            if (peer == node)
            {
                continue;
            }

            var (outgoing, incoming) = (Between(node, peer), Between(peer, node));
            var notice = silent || outgoing.IsCut || incoming.IsCut
                ? _random.Between(Draw.Second, 4 * Draw.Second) : _random.Between(0, 2 * Draw.Millisecond);
            if (outgoing.IsOpen)
            {
                End(outgoing);
                Notices.ClosedAtReceiver(outgoing, notice);
            }

            BreakLater(incoming, notice);
            outgoing.IsConnecting = false;
        }
    }

    /// <summary>Breaks the connection of a link; both ends are told.</summary>
    public void Reset(Link link)
    {
        if (!link.IsOpen)
        {
            return;
        }

        _world.Counts.Fired(FaultKind.Reset);
        CloseLink(link);
    }

    /// <summary>The sender notices that nobody is at the other end of its connection.</summary>
    public void Break(Link link, int epoch)
    {
        if (link.IsOpen && link.Epoch == epoch)
        {
            End(link);
            Notices.ClosedAtSender(link, 0);
            ScheduleConnect(link, 2 * Draw.Millisecond);
        }
    }

    /// <summary>Closes the connection of a link as a receiver does that was sent nonsense.</summary>
    public void CloseLink(Link link)
    {
        End(link);
        Notices.ClosedAtReceiver(link, _random.Between(0, Draw.Millisecond));
        Notices.ClosedAtSender(link, _random.Between(0, 2 * Draw.Millisecond));
        ScheduleConnect(link, 2 * Draw.Millisecond);
    }

    /// <summary>A frame reaches the other end. Returns it unless its connection is gone; then it is
    /// released.</summary>
    public SimFrame? Receive(in SimEvent arrival)
    {
        var link = Between(arrival.Peer, arrival.Node);
        var frame = (SimFrame)arrival.Payload!;
        var receiver = _world.Nodes[arrival.Node];
        if (link.Epoch == arrival.Epoch)
        {
            link.BytesInFlight -= frame.Length;
            if (link.IsCongested && link.Queue is null && link.BytesInFlight <= QueueBytesMax / 2)
            {
                Queues.Drained(link);
            }
        }

        var alive = arrival.Epoch == AnyEpoch
            ? link.IsOpen && frame.SenderStart == _world.Nodes[arrival.Peer].Start
            : link.Epoch == arrival.Epoch && link.ReceiverStart == receiver.Start;
        if (alive && receiver.IsUp)
        {
            if (!Fates.IsRefused(link, frame))
            {
                return frame;
            }

            Frames.Release(frame);
            CloseLink(link);
            return null;
        }

        _world.Log.Add(_world.Now, TraceKind.FrameLost, link.To, link.From, frame.Type, frame.Term);
        Frames.Release(frame);
        return null;
    }

    /// <summary>A node tries to connect.</summary>
    public void TryConnect(int from, int to)
    {
        var link = Between(from, to);
        link.IsConnecting = false;
        if (link.IsOpen || !_world.Nodes[from].IsUp)
        {
            return;
        }

        if (link.IsCut || !_world.Nodes[to].IsUp || _world.Nodes[to].IsPaused)
        {
            ScheduleConnect(link, _random.Between(20 * Draw.Millisecond, 300 * Draw.Millisecond));
            return;
        }

        _world.Greetings.ShakeHands(_world.Nodes[from], _world.Nodes[to]);
        link.StartConnection(_world.Nodes[to].Start);
        Notices.Opened(link, _random.Between(0, Draw.Millisecond));
    }

    /// <summary>Cuts or mends a link. What is on its way still arrives. A connection that lost something
    /// while cut may turn out broken once the link is whole.</summary>
    public void SetCut(Link link, bool cut)
    {
        link.IsCut = cut;
        if (!cut && link.LostWhileCut)
        {
            link.LostWhileCut = false;
            if (link.IsOpen && _random.OneIn(2))
            {
                CloseLink(link);
            }
        }
    }

    /// <summary>Everything becomes calm and whole.</summary>
    public void Heal()
    {
        foreach (var link in _links)
        {
            link.Conditions = LinkConditions.Calm;
            link.CloggedUntil = 0;
            link.LastArrival = _world.Now;
            (link.LostTypes, link.SendBytesMax, link.TakeBytesMax) = (0, int.MaxValue, int.MaxValue);
            Queues.Widen(link);
            if (link.From != link.To)
            {
                SetCut(link, false);
            }
        }
    }

    /// <summary>All links, for those that change conditions.</summary>
    public ReadOnlySpan<Link> Links => _links;

    private void Arrive(Link link, SimFrame frame, long time, int epoch = 0)
    {
        link.BytesInFlight += frame.Length;
        _world.Queue.Add(time, new SimEvent
        {
            Kind = SimEventKind.FrameArrives, Node = (short)link.To, Peer = (short)link.From,
            Epoch = epoch == AnyEpoch ? AnyEpoch : link.Epoch, Payload = frame,
        });
    }

    private long ArrivalTime(Link link, SimFrame frame, long delay, in LinkConditions conditions)
    {
        if (delay > 20 * Draw.Millisecond)
        {
            _world.Counts.Fired(FaultKind.Delay);
        }

        if (conditions.ReorderPerMillion > 0 && _random.Chance(conditions.ReorderPerMillion))
        {
            _world.Counts.Fired(FaultKind.Reorder);
            return _world.Now + delay + _random.Exponential(10 * Draw.Millisecond);
        }

        if (link.CloggedUntil > _world.Now + delay)
        {
            _world.Counts.Reached(Mark.LinkClogged);
        }

        return link.ArrivalInOrder(_world.Now, delay);
    }

    // Alone, or the connection with it: so a transfer is cut at every piece in turn.
    private void CutSnapshot(Link link, SimFrame frame)
    {
        Fates.CutSnapshot(link, frame);
        if (_random.OneIn(2))
        {
            BreakLater(link, _random.Between(0, 5 * Draw.Millisecond));
        }
    }

    private void BreakLater(Link link, long delay)
    {
        if (link.IsOpen)
        {
            _world.Queue.Add(_world.Now + delay, new SimEvent
            {
                Kind = SimEventKind.LinkBreaks,
                Node = (short)link.From,
                Peer = (short)link.To,
                Epoch = link.Epoch,
            });
        }
    }

    private void End(Link link)
    {
        // First what surely was not sent, so that it can be refused; then the rest becomes unknown.
        Queues.Drop(link);
        link.IsOpen = false;
        link.Epoch++;
        link.BytesInFlight = 0;
    }

    /// <summary>Tells a node of a connection, in the order in which things happened to it.</summary>
    private void ScheduleConnect(Link link, long delay)
    {
        if (link.IsConnecting)
        {
            return;
        }

        link.IsConnecting = true;
        _world.Queue.Add(_world.Now + delay + _random.Between(0, 10 * Draw.Millisecond), new SimEvent
        {
            Kind = SimEventKind.Connects, Node = (short)link.From, Peer = (short)link.To,
        });
    }
}
