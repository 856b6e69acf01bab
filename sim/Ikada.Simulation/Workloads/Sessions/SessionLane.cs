using Ikada.Sessions;

namespace Ikada.Simulation.Workloads.Sessions;

/// <summary>A client's side of its session: which commands have no answer yet.</summary>
internal sealed class SessionLane
{
    private readonly List<ChainedCommand> _waiting = [];

    /// <summary>The session; null: it has none, or it has lost it.</summary>
    public SessionClient? Session { get; private set; }

    /// <summary>The commands that have begun and not ended, oldest first.</summary>
    public IReadOnlyList<ChainedCommand> Waiting => _waiting;

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

    /// <summary>Begins a command; null: the session has no room.</summary>
    public ChainedCommand? Begin(ulong number)
    {
        if (!Session!.TryBegin(out var sequence))
        {
            return null;
        }

        var command = new ChainedCommand(number, Session.SessionId, sequence);
        _waiting.Add(command);
        return command;
    }

    /// <summary>Whether a command waits for its answer.</summary>
    public bool IsWaiting(ChainedCommand command) => _waiting.Exists(one => ReferenceEquals(one, command));

    /// <summary>A command has its answer, or is given up.</summary>
    public void End(ChainedCommand command)
    {
        if (IsWaiting(command))
        {
            _waiting.RemoveAll(one => ReferenceEquals(one, command));
            Session!.End(command.Sequence);
        }
    }
}
