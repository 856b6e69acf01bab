using Ikada.Consensus;
using Ikada.Primitives;
using Ikada.Testing.Scripts;

namespace Ikada.Testing.Clusters;

/// <summary>
/// Nodes on one virtual clock, and what is on its way between them, oldest first: delivered, dropped or held
/// back as a script says. Every step is judged by <see cref="ClusterRules"/>.
/// </summary>
public sealed class ScriptCluster
{
    private const int DeliveriesMax = 20_000;
    private readonly SortedDictionary<NodeId, ClusterNode> _nodes = [];
    private readonly HashSet<(NodeId From, NodeId To)> _cut = [];
    private readonly Queue<Action> _afterStep = new();

    /// <summary>Nobody yet.</summary>
    public ScriptCluster(ConsensusOptions options, Membership firstMembership)
    {
        Options = options;
        FirstMembership = firstMembership;
        Rules = new ClusterRules(this);
    }

    /// <summary>The settings of all nodes.</summary>
    public ConsensusOptions Options { get; }

    /// <summary>The membership that every log starts from.</summary>
    public Membership FirstMembership { get; }

    /// <summary>What must always hold.</summary>
    public ClusterRules Rules { get; }

    /// <summary>What happened since it was last asked.</summary>
    public Trace Trace { get; } = new();

    /// <summary>What is on its way, oldest first.</summary>
    public List<Envelope> Pool { get; } = [];

    /// <summary>The time; far from 0, so that a moment never set would show.</summary>
    public Instant Now { get; private set; } = new(TimeSpan.FromHours(1).Ticks);

    /// <summary>All nodes, by id.</summary>
    public IReadOnlyCollection<ClusterNode> Nodes => _nodes.Values;

    /// <summary>The nodes that run.</summary>
    public IEnumerable<ClusterNode> Running => _nodes.Values.Where(node => !node.IsDown);

    /// <summary>A node.</summary>
    public ClusterNode this[NodeId id] => _nodes.TryGetValue(id, out var node) ? node
        : throw new ScriptException($"there is no node {MembershipText.Of(id)}");

    /// <summary>Adds a node.</summary>
    public void Add(ClusterNode node)
    {
        ArgumentNullException.ThrowIfNull(node);
        _nodes[node.Id] = node;
    }

    /// <summary>Puts something on its way.</summary>
    public void Send(Envelope envelope) => Pool.Add(envelope);

    /// <summary>Has something done once the step under way is over.</summary>
    public void AfterStep(Action action) => _afterStep.Enqueue(action);

    /// <summary>Lets a node do something, and then what it put off.</summary>
    public void Do(ClusterNode node, Action action)
    {
        ArgumentNullException.ThrowIfNull(node);
        ArgumentNullException.ThrowIfNull(action);
        if (node.IsDown)
        {
            throw new ScriptException($"node {MembershipText.Of(node.Id)} does not run");
        }

        action();
        while (_afterStep.TryDequeue(out var next))
        {
            next();
        }

        Rules.CheckLogs();
    }

    /// <summary>Takes a snapshot off its way.</summary>
    public void Abort(NodeId from, NodeId to) => Pool.RemoveAll(
        envelope => envelope.Membership is not null
            && envelope.Message.From == from && envelope.Message.To == to);

    /// <summary>Nothing passes in this direction any more; connections stay open.</summary>
    public void Cut(NodeId from, NodeId to) => _cut.Add((from, to));

    /// <summary>Everything passes again.</summary>
    public void Heal() => _cut.Clear();

    /// <summary>Hands over what stands at that place, or loses it where nothing passes.</summary>
    /// <param name="place">Its place in the pool.</param>
    /// <param name="keeps">Whether it comes again.</param>
    /// <param name="hidesIdle">Whether a heartbeat from which nothing follows is left out of the
    /// trace.</param>
    public void Deliver(int place, bool keeps, bool hidesIdle)
    {
        var envelope = Pool[place];
        if (!keeps)
        {
            Pool.RemoveAt(place);
        }

        var text = EnvelopeText.Of(envelope);
        if (_cut.Contains((envelope.Message.From, envelope.Message.To)) || this[envelope.Message.To].IsDown)
        {
            Lose(envelope, text, hidesIdle);
            return;
        }

        var to = this[envelope.Message.To];
        Trace.AddWith(text, hidesIdle && envelope.IsHeartbeat, () =>
        {
            Do(to, () => to.Receive(envelope));
            if (envelope.Membership is not null)
            {
                ReportTransfer(envelope, arrived: true);
            }
        });
    }

    /// <summary>Loses what stands at that place.</summary>
    public void Drop(int place)
    {
        var envelope = Pool[place];
        Pool.RemoveAt(place);
        Lose(envelope, EnvelopeText.Of(envelope), hidesIdle: false);
    }

    /// <summary>Delivers until nothing is on its way that may go.</summary>
    public void Settle(Func<Envelope, bool> may, bool hidesIdle)
    {
        for (var delivered = 0; Pool.FindIndex(envelope => may(envelope)) is var place and >= 0; delivered++)
        {
            if (delivered > DeliveriesMax)
            {
                throw new ScriptException($"still not settled after {DeliveriesMax} messages");
            }

            Deliver(place, keeps: false, hidesIdle);
        }
    }

    /// <summary>Moves the clock on to a moment, unless it is past.</summary>
    public void AdvanceTo(Instant moment) => Now = new Instant(Math.Max(Now.Ticks, moment.Ticks));

    /// <summary>Lets time pass, each node ticking when it is due; in between what may is delivered.</summary>
    public void Pass(TimeSpan time, Func<Envelope, bool> may)
    {
        var end = Now + time;
        while (Running.MinBy(node => node.Core.NextDeadline.Ticks) is { } next
            && next.Core.NextDeadline <= end)
        {
            AdvanceTo(next.Core.NextDeadline);
            Do(next, next.Tick);
            Settle(may, hidesIdle: true);
        }

        Now = end;
    }

    /// <summary>Opens all connections between a node and the others that run.</summary>
    public void ConnectToAll(ClusterNode node)
    {
        ArgumentNullException.ThrowIfNull(node);
        foreach (var other in Running.Where(other => other != node))
        {
            Do(node, () => node.Step(Input.ConnectionOpened(Now, other.Id)));
            Do(other, () => other.Step(Input.ConnectionOpened(Now, node.Id)));
        }
    }

    /// <summary>A node dies: its queue to the disk is lost; the others see its connections close, unless its
    /// machine died with it.</summary>
    public void Crash(ClusterNode node, bool silently)
    {
        ArgumentNullException.ThrowIfNull(node);
        node.IsDown = true;
        node.Disk.LoseQueue();
        if (!silently)
        {
            foreach (var other in Running.ToArray())
            {
                Do(other, () => other.Step(Input.ConnectionClosed(Now, node.Id)));
            }
        }
    }

    private void Lose(Envelope envelope, string text, bool hidesIdle)
    {
        if (!hidesIdle || !envelope.IsHeartbeat)
        {
            Trace.Add($"{text} -- lost");
        }

        if (envelope.Membership is not null)
        {
            ReportTransfer(envelope, arrived: false);
        }
    }

    // Who sends a snapshot learns whether it arrived, from its own connection.
    private void ReportTransfer(Envelope snapshot, bool arrived) => Pool.Add(
        snapshot with
        {
            Membership = null,
            Arrived = arrived,
            Message = snapshot.Message with { From = snapshot.Message.To, To = snapshot.Message.From },
        });
}
