using Ikada.Primitives;

namespace Ikada.Sessions;

/// <summary>
/// A session: which answers it keeps. Its window are the sequence numbers after
/// <see cref="AcknowledgedUpTo"/>, as many as it was opened with; a number has its place in the ring by its
/// lowest bits.
/// </summary>
internal sealed class Session(ulong id, int window)
{
    private const int PlacesMin = 4;

    // Stands for an answer that the decorated machine is about to give.
    private static readonly byte[] Pending = new byte[1];
    private byte[]?[] _places = new byte[]?[PlacesMin];

    public ulong Id => id;

    public int Window => window;

    /// <summary>The log index of its last command.</summary>
    public ulong LastUsed { get; set; }

    public ulong AcknowledgedUpTo { get; private set; }

    /// <summary>What its answers count for.</summary>
    public long AnswerBytes { get; private set; }

    /// <summary>Whether it has left the table.</summary>
    public bool IsGone { get; set; }

    /// <summary>Whether the journal has it.</summary>
    public bool IsChanged { get; set; }

    /// <summary>Its neighbours in the order of use.</summary>
    public Session? Older { get; set; }

    /// <summary>The one that was used next after it.</summary>
    public Session? Newer { get; set; }

    /// <summary>What an answer counts for.</summary>
    public static long CostOf(byte[] answer) => answer.Length + 32;

    /// <summary>Whether a command has the number and its answer is not known yet.</summary>
    public bool IsPending(ulong sequence) =>
        Holds(sequence) && ReferenceEquals(_places[At(sequence)], Pending);

    /// <summary>The answer that a command was given; null: no command had that number.</summary>
    public byte[]? AnswerTo(ulong sequence) => Holds(sequence) ? _places[At(sequence)] : null;

    /// <summary>Forgets answers that the client has.</summary>
    public void Acknowledge(ulong upTo)
    {
        if (upTo <= AcknowledgedUpTo)
        {
            return;
        }

        // A number that the client has jumped over has no place.
        var count = Math.Min(upTo - AcknowledgedUpTo, (ulong)_places.Length);
        for (var ahead = 1UL; ahead <= count; ahead++)
        {
            ref var place = ref _places[At(AcknowledgedUpTo + ahead)];
            AnswerBytes -= place is null || ReferenceEquals(place, Pending) ? 0 : CostOf(place);
            place = null;
        }

        AcknowledgedUpTo = upTo;
    }

    /// <summary>A command of its window is handed to the decorated machine.</summary>
    public void Begin(ulong sequence)
    {
        Invariant.Check(
            sequence > AcknowledgedUpTo && sequence - AcknowledgedUpTo <= (ulong)window,
            $"sequence {sequence} of session {id} is not within {window} of {AcknowledgedUpTo}");
        while (sequence - AcknowledgedUpTo > (ulong)_places.Length)
        {
            Grow();
        }

        _places[At(sequence)] = Pending;
    }

    /// <summary>Keeps the first answer to a command that has begun.</summary>
    public void Keep(ulong sequence, byte[] answer)
    {
        if (sequence > AcknowledgedUpTo)
        {
            _places[At(sequence)] = answer;
            AnswerBytes += CostOf(answer);
        }
    }

    /// <summary>Adds the answers to a list, oldest number first. Returns how many.</summary>
    public int CopyTo(List<(ulong Sequence, byte[] Answer)> answers)
    {
        var before = answers.Count;
        for (var ahead = 1UL; ahead <= (ulong)_places.Length; ahead++)
        {
            if (AnswerTo(AcknowledgedUpTo + ahead) is { } answer && !ReferenceEquals(answer, Pending))
            {
                answers.Add((AcknowledgedUpTo + ahead, answer));
            }
        }

        return answers.Count - before;
    }

    private bool Holds(ulong sequence) =>
        sequence > AcknowledgedUpTo && sequence - AcknowledgedUpTo <= (ulong)_places.Length;

    private int At(ulong sequence) => (int)(sequence & (ulong)(_places.Length - 1));

    private void Grow()
    {
        var old = _places;
        _places = new byte[]?[old.Length * 2];
        for (var ahead = 1UL; ahead <= (ulong)old.Length; ahead++)
        {
            var sequence = AcknowledgedUpTo + ahead;
            _places[At(sequence)] = old[(int)(sequence & (ulong)(old.Length - 1))];
        }
    }
}
