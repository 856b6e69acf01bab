using System.Collections;

namespace Ikada.Sessions;

/// <summary>
/// The client's half of a session: which sequence number is next, which commands have no answer yet, and up
/// to where all have one. Sends nothing and waits for nothing; one caller at a time.
/// </summary>
public sealed class SessionClient
{
    // A bit for each number that can be under way: it has ended, and one before it has not.
    private readonly BitArray _endedAhead;
    private readonly int _commandsMax;
    private int _endedAheadCount;
    private ulong _last;

    /// <summary>The client of a session that was opened.</summary>
    /// <param name="sessionId">What <see cref="SessionResult.SessionId"/> said.</param>
    /// <param name="commandsMax"><see cref="SessionOptions.CommandsPerSessionMax"/> of the command that
    /// opened it.</param>
    public SessionClient(ulong sessionId, int commandsMax)
    {
        ArgumentOutOfRangeException.ThrowIfZero(sessionId);
        ArgumentOutOfRangeException.ThrowIfLessThan(commandsMax, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(commandsMax, SessionOptions.CommandsLimit);
        (SessionId, _commandsMax) = (sessionId, commandsMax);
        _endedAhead = new BitArray(commandsMax);
    }

    /// <summary>The session.</summary>
    public ulong SessionId { get; }

    /// <summary>All commands up to this number have ended.</summary>
    public ulong AcknowledgedUpTo { get; private set; }

    /// <summary>How many commands have begun and not ended.</summary>
    public int Unanswered => (int)(_last - AcknowledgedUpTo) - _endedAheadCount;

    /// <summary>Gives a new command its number; false: the oldest one that has not ended must end first,
    /// since the session keeps no more answers.</summary>
    public bool TryBegin(out ulong sequence)
    {
        if (_last - AcknowledgedUpTo >= (ulong)_commandsMax)
        {
            sequence = 0;
            return false;
        }

        sequence = ++_last;
        return true;
    }

    /// <summary>The body of a command that has begun, for the first time or once more: with the same bytes of
    /// <paramref name="command"/> each time.</summary>
    public byte[] Encode(ulong sequence, ReadOnlySpan<byte> command)
    {
        CheckOpen(sequence);
        return SessionCommand.Encode(SessionId, sequence, AcknowledgedUpTo, command);
    }

    /// <summary>A command has its answer, or nobody will send it or ask for its answer any more. A copy that
    /// comes to be committed later may then be passed over, but never be applied twice.</summary>
    public void End(ulong sequence)
    {
        CheckOpen(sequence);
        if (sequence != AcknowledgedUpTo + 1)
        {
            _endedAhead[BitOf(sequence)] = true;
            _endedAheadCount++;
            return;
        }

        AcknowledgedUpTo++;
        while (_endedAheadCount > 0 && _endedAhead[BitOf(AcknowledgedUpTo + 1)])
        {
            AcknowledgedUpTo++;
            _endedAhead[BitOf(AcknowledgedUpTo)] = false;
            _endedAheadCount--;
        }
    }

    private int BitOf(ulong sequence) => (int)(sequence % (ulong)_commandsMax);

    private void CheckOpen(ulong sequence)
    {
        if (sequence <= AcknowledgedUpTo || sequence > _last || _endedAhead[BitOf(sequence)])
        {
            throw new ArgumentOutOfRangeException(
                nameof(sequence), sequence,
                $"No command of that number is under way: {_last} have begun, and all up to "
                    + $"{AcknowledgedUpTo} have ended.");
        }
    }
}
