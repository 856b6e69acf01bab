using System.Buffers;
using Ikada.Primitives;
using Ikada.Replica;
using Ikada.Simulation.Nodes;
using Ikada.Simulation.Time;
using Ikada.Simulation.Trace;

namespace Ikada.Simulation.Clients;

/// <summary>
/// The clients: each asks one thing at a time of any node, waits for the answer or gives up, thinks and
/// goes on. What
/// they are told goes to the checkers.
/// </summary>
internal sealed class ClientSwarm
{
    private readonly World _world;
    private readonly Client[] _clients;
    private readonly ArrayBufferWriter<byte> _answer = new();
    private readonly long _thinkMean;

    public ClientSwarm(World world, RandomSource random)
    {
        _world = world;
        // All clients together ask at least some sixty times a second when they are answered soon; in one
        // run of six
        // there is a crowd, so that much is on its way when something happens.
        var isCrowd = random.OneIn(6);
        var drawn = isCrowd ? 30 + random.NextBelow(40) : 4 + random.NextBelow(9);
        var usual = world.Workload.Clients ?? drawn;
        _clients = new Client[world.Options.Clients ?? usual];
        _thinkMean = usual * (isCrowd
            ? random.Between(Draw.Millisecond, 3 * Draw.Millisecond)
            : random.Between(4 * Draw.Millisecond, 16 * Draw.Millisecond));
        world.Workload.DrawLoad(random);
        for (var i = 0; i < _clients.Length; i++)
        {
            // One of its own for each: without one of them the others draw the same.
            _clients[i] = new Client(random.Split());
            Wake(i, _clients[i].Random.Exponential(_thinkMean));
        }
    }

    /// <summary>What they do that makes it hard.</summary>
    public ClientTroubles? Troubles { get; set; }

    /// <summary>How often one of them asks for something, on average, when all are answered soon.</summary>
    public long AskMean => _thinkMean / _clients.Length;

    /// <summary>How many there are.</summary>
    public int Count => _clients.Length;

    /// <summary>How many writes and reads each client must end well after everything healed; negative:
    /// before that.</summary>
    public int Quota { get; private set; } = -1;

    /// <summary>Whether every client has done what it must after the healing, and waits for
    /// nothing.</summary>
    public bool AreDone => Array.TrueForAll(_clients, client => client.Done >= Quota && client.Op is null);

    /// <summary>Who is not done, for a message.</summary>
    public string Waiting()
    {
        var waiting = new List<string>();
        for (var i = 0; i < _clients.Length; i++)
        {
            if (_clients[i] is { Op: { } op })
            {
                waiting.Add($"c{i} for op {op.Id} ({op.Kind}) at n{op.Node + 1}");
            }
            else if (_clients[i].Done < Quota)
            {
                waiting.Add($"c{i} has done {_clients[i].Done} of {Quota}");
            }
        }

        return string.Join(", ", waiting);
    }

    /// <summary>Everything has healed: each client must now do <paramref name="quota"/> operations.</summary>
    public void Demand(int quota)
    {
        var more = Quota >= 0;
        Quota = quota;
        for (var i = 0; more && i < _clients.Length; i++)
        {
            if (_clients[i].Op is null)
            {
                Wake(i, _clients[i].Random.Exponential(_thinkMean)); // it had done what was asked before
            }
        }
    }

    /// <summary>An event of clients happens.</summary>
    public void Happen(in SimEvent next)
    {
        switch (next.Kind)
        {
            case SimEventKind.ClientWakes:
                Continue(next.Node);
                break;
            case SimEventKind.ClientTimesOut:
                TimeOut(next.Node, next.Number);
                break;
            default:
                Troubles!.AskMore();
                break;
        }
    }

    // A client goes on.
    private void Continue(int at)
    {
        var client = _clients[at];
        if (client.Op is not null || (Quota >= 0 && client.Done >= Quota))
        {
            return;
        }

        if (Quota < 0 && Silence() is > 0 and var silence)
        {
            Wake(at, silence);
            return;
        }

        var node = Addressee(client.Random);
        if (!node.IsUp)
        {
            Wake(at, client.Random.Exponential(_thinkMean));
            return;
        }

        var workload = _world.Workload;
        var op = Troubles?.Retried(at, node)
            ?? workload.Next(workload.Operations.Count, at, node.Index, client.Random);
        client.Op = op;
        op.Start = _world.Now;
        workload.Operations.Add(op);
        _world.Log.Add(
            _world.Now, TraceKind.ClientInvoked, node.Index, -1, at, op.Id, (long)op.Kind, op.Detail);
        _world.Queue.Add(_world.Now + client.Random.Between(Draw.Second, 5 * Draw.Second), new SimEvent
        {
            Kind = SimEventKind.ClientTimesOut, Node = (short)at, Number = op.Id,
        });
        node.Deliver(new NodeInput(NodeInputKind.Asked, -1, op));
        Troubles?.Asked(op);
    }

    // How long it is until clients may ask: in their window unless they rest, and after the healing.
    private long Silence()
    {
        var window = _world.Options.Asking;
        var next = _world.Now < window.From * Draw.Millisecond ? window.From * Draw.Millisecond
            : _world.Options.Seconds * Draw.Second;
        return window.Contains(_world.Now) ? _world.Rest?.Left(_world.Now) ?? 0 : next - _world.Now + 1;
    }

    // Anybody; after everything has healed a member, since who was removed has nobody to ask.
    private SimulatedNode Addressee(RandomSource random)
    {
        var node = _world.Nodes[random.NextBelow(_world.NodeCount)];
        if (Quota < 0)
        {
            return node;
        }

        var members = _world.Checks.CommittedMembership.Members;
        var at = random.NextBelow(members.Length);
        for (var i = 0; i < members.Length && !_world.Core.Demands((int)members[at].Id.Value - 1); i++)
        {
            at = (at + 1) % members.Length; // while a core has healed, one of that
        }

        return _world.Nodes[(int)members[at].Id.Value - 1];
    }

    // A client gives up waiting: the outcome stays unknown.
    private void TimeOut(int at, long op)
    {
        if (_clients[at].Op is { } waiting && waiting.Id == op)
        {
            Troubles?.TimedOut(waiting);
            End(waiting, OutcomeKind.Unknown, 0);
        }
    }

    /// <summary>A node's process is gone, and with it what clients waited for there.</summary>
    public void NodeStopped(int node)
    {
        foreach (var client in _clients)
        {
            if (client.Op is { } op && op.Node == node)
            {
                End(op, OutcomeKind.Unknown, 0);
            }
        }
    }

    /// <summary>A node tells the outcome of a write; perhaps nobody waits any more, but it must be true
    /// all the same.</summary>
    public void WriteEnded(ClientOp op, in WriteOutcome outcome)
    {
        var shown = 0L;
        op.IsAnswered = true;
        if (outcome.Kind == OutcomeKind.Applied)
        {
            shown = _world.Workload.WriteApplied(op, outcome, isWaiting: !op.IsEnded);
        }
        else if (outcome.Kind == OutcomeKind.Refused)
        {
            Operations.Refused(op);
            Troubles?.Refused(outcome.Refusal);
        }

        End(op, outcome.Kind, shown);
    }

    /// <summary>A node says that a read may be answered now, or not.</summary>
    public void ReadEnded(ClientOp op, SimulatedNode node, in ReadOutcome outcome)
    {
        op.IsAnswered = true;
        if (op.IsEnded)
        {
            return;
        }

        if (!outcome.Ready)
        {
            End(op, OutcomeKind.Refused, 0);
            return;
        }

        if (outcome.ExpiresAt == Instant.Never)
        {
            Ask(op, node);
            Answer(op, node);
        }
        else if (_clients[op.Client].Random.OneIn(2) && node.Clock.Read(_world.Now) < outcome.ExpiresAt)
        {
            ReadUnderLease(op, node, outcome.ExpiresAt);
        }
        else
        {
            // The read waits for its turn: the lease may pass meanwhile. Not from here: the node is in a
            // batch.
            _world.Queue.Add(_world.Now + Delay(op), new SimEvent
            {
                Kind = SimEventKind.LeaseReadExecutes, Node = (short)node.Index, Epoch = node.Epoch,
                Number = outcome.ExpiresAt.Ticks, Payload = op,
            });
        }
    }

    /// <summary>A node does a read that was confirmed under a lease, and only then looks at its clock: what
    /// was read counts if the lease has not passed (DESIGN §7).</summary>
    public void ReadUnderLease(ClientOp op, SimulatedNode node, Instant expiresAt)
    {
        if (op.IsEnded)
        {
            return;
        }

        Ask(op, node);
        if (node.Clock.Read(_world.Now) < expiresAt)
        {
            _world.Counts.LeaseReads++;
            Answer(op, node);
            return;
        }

        _world.Counts.LeasesPassed++;
        (op.WithoutLease, op.IsAnswered) = (true, false);
        node.Deliver(new NodeInput(NodeInputKind.Asked, -1, op));
    }

    private void Answer(ClientOp op, SimulatedNode node)
    {
        var applied = node.Process!.Machine.AppliedIndex;
        End(op, OutcomeKind.Applied, _world.Workload.ReadAnswered(op, applied, _answer.WrittenSpan));
    }

    private void Ask(ClientOp op, SimulatedNode node)
    {
        _answer.ResetWrittenCount();
        node.Process!.Machine.Query(_world.Workload.Encode(op), _answer);
    }

    private void End(ClientOp op, OutcomeKind outcome, long shown)
    {
        var wasWaiting = !op.IsEnded;
        op.IsEnded = true;
        op.Outcome = outcome == OutcomeKind.Unknown ? op.Outcome : outcome;
        var client = _clients[op.Client];
        if (!wasWaiting || client.Op != op)
        {
            return;
        }

        client.Op = null;
        (op.End, op.Heard) = (_world.Now, outcome);
        client.Done += Quota >= 0 && outcome == OutcomeKind.Applied ? 1 : 0;
        Note(op, outcome);
        _world.Log.Add(
            _world.Now, TraceKind.ClientEnded, op.Node, -1, op.Client, op.Id,
            (long)outcome | ((long)op.Kind << 8) | (op.Detail << 16), shown);
        // Whoever was refused tries again sooner: there was no work in it.
        Wake(op.Client, client.Random.Exponential(outcome == OutcomeKind.Applied ? _thinkMean
            : _thinkMean / 2) + 1);
    }

    private void Note(ClientOp op, OutcomeKind outcome)
    {
        var counts = _world.Counts;
        counts.Operations++;
        counts.Acknowledged += outcome == OutcomeKind.Applied && !op.IsQuery ? 1 : 0;
        counts.Reads += outcome == OutcomeKind.Applied && op.IsQuery ? 1 : 0;
        counts.Refused += outcome == OutcomeKind.Refused ? 1 : 0;
        counts.Unknown += outcome == OutcomeKind.Unknown ? 1 : 0;
    }

    private void Wake(int client, long delay) => _world.Queue.Add(
        _world.Now + delay, new SimEvent { Kind = SimEventKind.ClientWakes, Node = (short)client });

    private long Delay(ClientOp op) =>
        _clients[op.Client].Random.Exponential(100 * Draw.Millisecond);

    private sealed class Client(RandomSource random)
    {
        public RandomSource Random { get; } = random;

        public ClientOp? Op { get; set; }

        /// <summary>How many operations ended well since everything healed.</summary>
        public int Done { get; set; }
    }
}
