using Ikada.Simulation.Faults;
using Ikada.Simulation.Time;

namespace Ikada.Simulation.Network;

/// <summary>The way from one node to another: one connection at a time, which the sender opens.</summary>
internal sealed class Link(int from, int to)
{
    private const int RememberedFrames = 8;
    private readonly SimFrame?[] _remembered = new SimFrame?[RememberedFrames];

    public int From { get; } = from;

    public int To { get; } = to;

    /// <summary>Whether a connection is open, as the sender knows.</summary>
    public bool IsOpen { get; set; }

    /// <summary>Rises with each connection and its end: what an older one carried does not arrive.</summary>
    public int Epoch { get; set; }

    /// <summary>The start of the receiver that took the connection; a later one knows nothing of
    /// it.</summary>
    public int ReceiverStart { get; private set; }

    /// <summary>Whether nothing passes: frames are lost, connections cannot be made, closings are not
    /// noticed.</summary>
    public bool IsCut { get; set; }

    /// <summary>Whether something was lost in the present cut.</summary>
    public bool LostWhileCut { get; set; }

    /// <summary>Whether a try to connect is under way.</summary>
    public bool IsConnecting { get; set; }

    /// <summary>When the last frame sent in order arrives: none sent later arrives before it.</summary>
    public long LastArrival { get; set; }

    /// <summary>Until when the link holds everything back.</summary>
    public long CloggedUntil { get; set; }

    /// <summary>How many bytes are on their way.</summary>
    public long BytesInFlight { get; set; }

    /// <summary>Whether the sender was told that too much is on its way, and not yet that there is room
    /// again.</summary>
    public bool IsCongested { get; set; }

    /// <summary>The queue before a slow wire; null: the wire is fast.</summary>
    public SlowQueue? Queue { get; set; }

    /// <summary>The shape of the cut, where it is cut.</summary>
    public PartitionShape CutShape { get; set; }

    /// <summary>The types of messages that are lost: bit n stands for the type of number n.</summary>
    public ulong LostTypes { get; set; }

    /// <summary>The longest frame that its sender may send.</summary>
    public int SendBytesMax { get; set; } = int.MaxValue;

    /// <summary>The longest frame that its receiver takes.</summary>
    public int TakeBytesMax { get; set; } = int.MaxValue;

    public LinkConditions Conditions { get; set; } = LinkConditions.Calm;

    /// <summary>Puts a frame in the memory for replays; returns the one it drives out.</summary>
    public SimFrame? Remember(SimFrame frame, int place)
    {
        var old = _remembered[place % RememberedFrames];
        _remembered[place % RememberedFrames] = frame;
        return old;
    }

    /// <summary>A frame sent earlier, or null.</summary>
    public SimFrame? Recall(int place) => _remembered[place % RememberedFrames];

    /// <summary>The order of arrival: after what was sent before, and not before the link is free.</summary>
    public long ArrivalInOrder(long now, long delay)
    {
        LastArrival = Math.Max(Math.Max(now + delay, LastArrival + 1), CloggedUntil);
        return LastArrival;
    }

    /// <summary>Forgets the order: a new connection.</summary>
    public void StartConnection(int receiverStart)
    {
        ReceiverStart = receiverStart;
        IsOpen = true;
        IsConnecting = false;
        Epoch++;
        BytesInFlight = 0;
        IsCongested = false;
        LastArrival = 0;
    }

    /// <summary>How long a clog may last.</summary>
    public static long ClogMax => 5 * Draw.Second;
}
