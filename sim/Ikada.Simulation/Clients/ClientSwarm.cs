using System.Buffers;
using Ikada.KeyValue;
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
    private readonly RandomSource _random;
    private readonly Client[] _clients;
    private readonly ArrayBufferWriter<byte> _answer = new();
    private readonly long _thinkMean;
    private readonly int _keys;
    private readonly int _valueBytesMax;

    public ClientSwarm(World world, RandomSource random, int keys)
    {
        _world = world;
        _random = random;
        _keys = keys;
        // All clients together ask at least some sixty times a second when they are answered soon; in one
        // run of six
        // there is a crowd, so that much is on its way when something happens.
        var isCrowd = random.OneIn(6);
        _clients = new Client[isCrowd ? 30 + random.NextBelow(40) : 4 + random.NextBelow(9)];
        _thinkMean = _clients.Length * (isCrowd
            ? random.Between(Draw.Millisecond, 3 * Draw.Millisecond)
            : random.Between(4 * Draw.Millisecond, 16 * Draw.Millisecond));
        _valueBytesMax = 8 << random.NextBelow(10);
        for (var i = 0; i < _clients.Length; i++)
        {
            _clients[i] = new Client();
            Wake(i, random.Exponential(_thinkMean));
        }
    }

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

    /// <summary>The length of the value of a put: mostly short, the same for the same operation.</summary>
    public int ValueBytes(ClientOp op) =>
        8 + (int)(((ulong)op.Id * 0x9E3779B97F4A7C15 >> 40) % (ulong)_valueBytesMax);

    /// <summary>Everything has healed: each client must now do <paramref name="quota"/> operations.</summary>
    public void Demand(int quota) => Quota = quota;

    /// <summary>A client goes on.</summary>
    public void Continue(int at)
    {
        var client = _clients[at];
        if (client.Op is not null || (Quota >= 0 && client.Done >= Quota))
        {
            return;
        }

        var node = Addressee();
        if (!node.IsUp)
        {
            Wake(at, _random.Exponential(_thinkMean));
            return;
        }

        var op = new ClientOp
        {
            Id = _world.Checks.Model.Ops.Count,
            Client = at,
            Kind = (ClientOpKind)Math.Max(0, _random.NextBelow(6) - 3),
            Key = _random.NextBelow(_keys),
            FloorRevision = _world.Checks.History.ToldRevision,
            Node = node.Index,
        };
        client.Op = op;
        _world.Checks.Model.Add(op);
        _world.Log.Add(_world.Now, TraceKind.ClientInvoked, node.Index, -1, at, op.Id, (long)op.Kind, op.Key);
        _world.Queue.Add(_world.Now + _random.Between(Draw.Second, 5 * Draw.Second), new SimEvent
        {
            Kind = SimEventKind.ClientTimesOut, Node = (short)at, Number = op.Id,
        });
        node.Deliver(new NodeInput(NodeInputKind.Asked, -1, op));
    }

    // Anybody; after everything has healed a member, since who was removed has nobody to ask.
    private SimulatedNode Addressee()
    {
        var node = _world.Nodes[_random.NextBelow(_world.NodeCount)];
        if (Quota < 0)
        {
            return node;
        }

        var members = _world.Checks.CommittedMembership.Members;
        return _world.Nodes[(int)members[_random.NextBelow(members.Length)].Id.Value - 1];
    }

    /// <summary>A client gives up waiting: the outcome stays unknown.</summary>
    public void TimeOut(int at, long op)
    {
        if (_clients[at].Op is { } waiting && waiting.Id == op)
        {
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
        var revision = 0L;
        if (outcome.Kind == OutcomeKind.Applied)
        {
            Invariant.Check(
                KeyValueResult.TryDecode(outcome.Result.Span, out var result),
                $"the result of op {op.Id} cannot be read");
            _world.Checks.History.WriteApplied(op, result, isWaiting: !op.IsEnded);
            revision = result.Revision;
        }
        else if (outcome.Kind == OutcomeKind.Refused)
        {
            Checkers.Linearizability.WriteRefused(op);
        }

        End(op, outcome.Kind, revision);
    }

    /// <summary>A node says that a read may be answered now, or not.</summary>
    public void ReadEnded(ClientOp op, SimulatedNode node, in ReadOutcome outcome)
    {
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
            Answer(op, node, Ask(node, op.Key));
        }
        else if (_random.OneIn(2) && node.Clock.Read(_world.Now) < outcome.ExpiresAt)
        {
            ReadUnderLease(op, node, outcome.ExpiresAt);
        }
        else
        {
            // The read waits for its turn: the lease may pass meanwhile. Not from here: the node is in a
            // batch.
            _world.Queue.Add(_world.Now + _random.Exponential(100 * Draw.Millisecond), new SimEvent
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

        var result = Ask(node, op.Key);
        if (node.Clock.Read(_world.Now) < expiresAt)
        {
            _world.Counts.LeaseReads++;
            Answer(op, node, result);
            return;
        }

        _world.Counts.LeasesPassed++;
        op.WithoutLease = true;
        node.Deliver(new NodeInput(NodeInputKind.Asked, -1, op));
    }

    private void Answer(ClientOp op, SimulatedNode node, RangeResult result)
    {
        _world.Checks.History.ReadAnswered(op, result);
        End(op, OutcomeKind.Applied, result.Revision);
    }

    /// <summary>What a node's store holds under a key.</summary>
    public RangeResult Ask(SimulatedNode node, int key)
    {
        _answer.ResetWrittenCount();
        node.Process!.Machine.Query(RangeQuery.Of(ClientCommands.Key(key)).Encode(), _answer);
        Invariant.Check(
            RangeResult.TryDecode(_answer.WrittenSpan, out var result),
            $"an answer of n{node.Index + 1} cannot be read");
        return result;
    }

    private void End(ClientOp op, OutcomeKind outcome, long revision)
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
        client.Done += Quota >= 0 && outcome == OutcomeKind.Applied ? 1 : 0;
        Count(op, outcome);
        _world.Log.Add(
            _world.Now, TraceKind.ClientEnded, op.Node, -1, op.Client, op.Id, (long)outcome, revision);
        // Whoever was refused tries again sooner: there was no work in it.
        Wake(op.Client, _random.Exponential(outcome == OutcomeKind.Applied ? _thinkMean
            : _thinkMean / 2) + 1);
    }

    private void Count(ClientOp op, OutcomeKind outcome)
    {
        var counts = _world.Counts;
        counts.Operations++;
        counts.Acknowledged += outcome == OutcomeKind.Applied && op.Kind != ClientOpKind.Read ? 1 : 0;
        counts.Reads += outcome == OutcomeKind.Applied && op.Kind == ClientOpKind.Read ? 1 : 0;
        counts.Refused += outcome == OutcomeKind.Refused ? 1 : 0;
        counts.Unknown += outcome == OutcomeKind.Unknown ? 1 : 0;
    }

    private void Wake(int client, long delay) => _world.Queue.Add(
        _world.Now + delay, new SimEvent { Kind = SimEventKind.ClientWakes, Node = (short)client });

    private sealed class Client
    {
        public ClientOp? Op { get; set; }

        /// <summary>How many operations ended well since everything healed.</summary>
        public int Done { get; set; }
    }
}
