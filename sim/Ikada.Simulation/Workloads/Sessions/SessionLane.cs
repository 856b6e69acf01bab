using Ikada.Sessions;

namespace Ikada.Simulation.Workloads.Sessions;

/// <summary>A client's side of its session: which commands have no answer yet.</summary>
internal sealed class SessionLane
{
    private readonly List<NumberedCommand> _waiting = [];

    /// <summary>The session; null: it has none, or it has lost it.</summary>
    public SessionClient? Session { get; private set; }

    /// <summary>The commands that have begun and not ended, oldest first.</summary>
    public IReadOnlyList<NumberedCommand> Waiting => _waiting;

    /// <summary>The client was told of a session, which takes the place of one it had.</summary>
    public void Opened(ulong id, SessionOptions bounds)
    {
        Leave();
        Session = new SessionClient(id, bounds.CommandsPerSessionMax);
    }

    /// <summary>The session is gone, or its client has died: what has not ended stays unknown, since a copy
    /// under another session could be applied as well.</summary>
    public void Leave()
    {
        Session = null;
        _waiting.Clear();
    }

    /// <summary>Begins a command with the next number; null: the session has no room.</summary>
    public NumberedCommand? Begin(Func<(ulong Number, byte[] Body)> next)
    {
        if (!Session!.TryBegin(out var sequence))
        {
            return null;
        }

        var (number, body) = next();
        var command = new NumberedCommand(number, Session.SessionId, sequence, body);
        _waiting.Add(command);
        return command;
    }

    /// <summary>Whether a command waits for its answer.</summary>
    public bool IsWaiting(NumberedCommand command) => _waiting.Exists(one => ReferenceEquals(one, command));

    /// <summary>A command has its answer, or is given up.</summary>
    public void End(NumberedCommand command)
    {
        if (IsWaiting(command))
        {
            _waiting.RemoveAll(one => ReferenceEquals(one, command));
            Session!.End(command.Sequence);
        }
    }
}
