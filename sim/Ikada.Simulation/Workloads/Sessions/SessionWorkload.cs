using Ikada.Primitives;
using Ikada.Replica;
using Ikada.Sessions;
using Ikada.Simulation.Checkers;
using Ikada.Simulation.Clients;
using Ikada.Simulation.Coverage;
using Ikada.StateMachine;

namespace Ikada.Simulation.Workloads.Sessions;

/// <summary>
/// Clients with sessions (diss. §6.3). A client that was
/// not answered sends the same command again, gives it up, or dies and comes back with a new session; and
/// some ask two nodes at once.
/// </summary>
/// <param name="subject">What they use.</param>
/// <param name="bounds">Under which bounds they open sessions.</param>
/// <param name="around">Stands before the machines; null: nothing does.</param>
internal sealed class SessionWorkload(
    ISessionSubject subject, SessionBounds bounds, Func<IStateMachine, IStateMachine>? around = null)
    : Workload
{
    public const string ResultProperty = "I22 every copy of a command gets the first answer";
    public const string TableProperty = "I22 the table of sessions is that of the history, on every node";
    private readonly Dictionary<int, SessionLane> _lanes = [];
    private readonly Dictionary<int, SessionMachine> _machines = [];
    private readonly SessionModel _model = new(subject);
    private ulong _numbers;
    private ulong _told;

    public override int? Clients => subject.Clients;

    public override IStateMachine MakeMachine(int node)
    {
        var machine = _machines[node] = new SessionMachine(subject.Make(node));
        return around is null ? machine : around(machine);
    }

    public override ClientOp Next(long id, int client, int node, RandomSource random)
    {
        var lane = LaneOf(client);
        if (subject.IsQueryNext(random))
        {
            return Make(
                id, client, node, SessionRequest.Query, subject.DrawQuery($"op {id}", random));
        }

        if (subject.TakesStrays && random.OneIn(20))
        {
            return random.OneIn(4) ? Garbage(id, client, node) : Plain(id, client, node, Numbered(random));
        }

        if (lane.Session is not null && random.OneIn(60))
        {
            lane.Leave();
            Counts.Reached(Mark.SessionLeft);
        }

        return lane.Session is null ? Open(id, client, node) : InSession(lane, id, client, node, random);
    }

    public override byte[] Encode(ClientOp op) => ((SessionOp)op).Body;

    public override void Stands(ulong index) => _model.Stands(index, Counts);

    public override long WriteApplied(ClientOp op, in WriteOutcome outcome, bool isWaiting)
    {
        var write = (SessionOp)op;
        var index = outcome.Position.Index.Value;
        if (!op.IsExecuted || write.Index != index || index <= write.FloorIndex)
        {
            throw new PropertyViolatedException(
                Operations.AckedProperty,
                $"c{op.Client} is told that {op} is committed at index {index}; in the history it is at "
                + $"{write.Index}, and somebody was told of {write.FloorIndex} before it began");
        }

        if (!outcome.Result.Span.SequenceEqual(write.Expected))
        {
            throw new PropertyViolatedException(
                ResultProperty,
                $"c{op.Client} is told {Convert.ToHexString(outcome.Result.Span)} of {op} at index {index}; "
                + $"it should be {Convert.ToHexString(write.Expected)}");
        }

        if (isWaiting)
        {
            _told = Math.Max(_told, index);
            Hear(write, SessionResult.Decode(outcome.Result));
        }

        return (long)index;
    }

    public override long ReadAnswered(ClientOp op, LogIndex applied, ReadOnlySpan<byte> answer)
    {
        var floor = ((SessionOp)op).FloorIndex;
        if (applied.Value < floor)
        {
            throw new PropertyViolatedException(
                Linearizability.FreshProperty,
                $"n{op.Node + 1} answers {op} from index {applied}; it began after somebody was told of "
                + $"{floor}");
        }

        subject.CompareAnswer(op.Node, applied, ((SessionOp)op).Body, $"{op}", answer);
        _told = Math.Max(_told, applied.Value);
        return (long)applied.Value;
    }

    public override ClientOp? Again(ClientOp op, long id, int node)
    {
        var old = (SessionOp)op;
        var lane = LaneOf(op.Client);
        return old.Asked switch
        {
            SessionRequest.Open => Open(id, op.Client, node),
            SessionRequest.Plain => Plain(id, op.Client, node, (++_numbers, old.Command!.Body)),
            SessionRequest.Query => Make(id, op.Client, node, SessionRequest.Query, old.Body),
            SessionRequest.Command when lane.IsWaiting(old.Command!) =>
                Copy(lane, old.Command!, id, op.Client, node),
            _ => null,
        };
    }

    public override byte[]? StaleQuery(RandomSource random) => subject.DrawStaleQuery(random);

    public override void StaleAnswered(
        int node, int start, LogIndex applied, byte[] query, ReadOnlySpan<byte> answer) =>
        subject.CompareAnswer(node, applied, query, "a query that may be stale", answer);

    public override void Converged(int node, IStateMachine machine)
    {
        subject.Converged(node, machine);
        var (sessions, bytes) = (_machines[node].SessionCount, _machines[node].AnswerBytes);
        if (machine.AppliedIndex.Value != _model.Index || sessions != _model.SessionCount
            || bytes != _model.AnswerBytes)
        {
            throw new PropertyViolatedException(
                TableProperty,
                $"n{node + 1} has {sessions} sessions with {bytes} bytes of answers at index "
                + $"{machine.AppliedIndex}; the history {_model.SessionCount} with {_model.AnswerBytes} at "
                + $"{_model.Index}");
        }
    }

    protected override void Execute(in CommittedCommand command, ClientOp op) =>
        _model.Execute(command, (SessionOp)op, Counts);

    private SessionOp InSession(SessionLane lane, long id, int client, int node, RandomSource random)
    {
        if (lane.Waiting.Count > 0 && random.OneIn(2))
        {
            var old = lane.Waiting[random.NextBelow(lane.Waiting.Count)];
            if (!random.OneIn(8))
            {
                return Copy(lane, old, id, client, node);
            }

            lane.End(old); // given up
        }

        return lane.Begin(() => Numbered(random)) is { } command
            ? Copy(lane, command, id, client, node)
            : Copy(lane, lane.Waiting[0], id, client, node);
    }

    private void Hear(SessionOp op, in SessionResult result)
    {
        var lane = LaneOf(op.Client);
        switch (result.Kind)
        {
            case SessionResultKind.Opened:
                lane.Opened(result.SessionId, op.Bounds!);
                break;
            case SessionResultKind.Expired when lane.Session?.SessionId == op.Command!.Session:
                Counts.Reached(Mark.SessionExpired);
                lane.Leave();
                break;
            case SessionResultKind.Applied:
                Invariant.Check(op.Command!.Applications == 1, $"{op} has {op.Command.Applications} effects");
                lane.End(op.Command);
                break;
            case SessionResultKind.WindowExceeded:
                throw new PropertyViolatedException(
                    ResultProperty, $"{op} lies beyond the window of its session");
            default:
                break;
        }
    }

    private SessionOp Copy(SessionLane lane, NumberedCommand command, long id, int client, int node)
    {
        var session = lane.Session!;
        var body = session.Encode(command.Sequence, subject.Encode(command, id));
        return Make(id, client, node, SessionRequest.Command, body, command, session.AcknowledgedUpTo);
    }

    private SessionOp Open(long id, int client, int node)
    {
        var asked = bounds.Next();
        var body = SessionCommand.EncodeOpen(asked, BitConverter.GetBytes(id));
        return Make(id, client, node, SessionRequest.Open, body, opens: asked);
    }

    private SessionOp Plain(long id, int client, int node, (ulong Number, byte[] Body) next)
    {
        var command = new NumberedCommand(next.Number, 0, 0, next.Body);
        var body = SessionCommand.EncodePlain(subject.Encode(command, id));
        return Make(id, client, node, SessionRequest.Plain, body, command);
    }

    private SessionOp Garbage(long id, int client, int node) =>
        Make(id, client, node, SessionRequest.Garbage, [(byte)'?', .. BitConverter.GetBytes(id)]);

    private SessionOp Make(
        long id, int client, int node, SessionRequest request, byte[] body, NumberedCommand? command = null,
        ulong acknowledged = 0, SessionOptions? opens = null) => new()
        {
            Id = id,
            Client = client,
            Kind = request switch
            {
                SessionRequest.Query => ClientOpKind.Query,
                SessionRequest.Open => ClientOpKind.Open,
                SessionRequest.Garbage => ClientOpKind.Command,
                _ => ClientOpKind.Copy,
            },
            Asked = request,
            Body = body,
            Bounds = opens,
            Command = command,
            AcknowledgedUpTo = acknowledged,
            FloorIndex = _told,
            Node = node,
        };

    private (ulong Number, byte[] Body) Numbered(RandomSource random)
    {
        var number = ++_numbers;
        return (number, subject.DrawCommand(number, random));
    }

    private SessionLane LaneOf(int client)
    {
        if (!_lanes.TryGetValue(client, out var lane))
        {
            _lanes[client] = lane = new SessionLane();
        }

        return lane;
    }
}
