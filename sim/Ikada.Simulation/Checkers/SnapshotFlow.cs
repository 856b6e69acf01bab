using Ikada.Consensus;

namespace Ikada.Simulation.Checkers;

/// <summary>I42 for snapshots on their way: nothing is sent before the receiver has said from where on, and
/// never more than so many bytes that it has not answered.</summary>
internal sealed class SnapshotFlow(int nodes, long bytesInFlightMax)
{
    public const string Property = "I42 bytes in flight stay within their bound";
    private readonly Flow[] _flows = new Flow[nodes * nodes];

    /// <summary>How many transfers went on where an earlier one was cut.</summary>
    public long Resumed { get; private set; }

    /// <summary>The bytes of all pieces.</summary>
    public long Bytes { get; private set; }

    /// <summary>A message about a snapshot leaves, with so many bytes of it.</summary>
    public void Leaves(int node, in Message message, int bytes)
    {
        ref var flow = ref _flows[(node * nodes) + (int)message.To.Value - 1];
        if (message.Type == MessageType.SnapshotOffer)
        {
            flow = new Flow { Offer = message.Sequence };
            return;
        }

        if (message.Sequence != flow.Offer || !flow.IsAnswered)
        {
            throw new PropertyViolatedException(
                Property,
                $"n{node + 1} sends n{message.To} a piece of offer {message.Sequence}; the last one was "
                + $"{flow.Offer}, {(flow.IsAnswered ? "answered" : "not answered")}");
        }

        var end = (long)message.Round + bytes;
        if (end - flow.Acknowledged > bytesInFlightMax)
        {
            throw new PropertyViolatedException(
                Property,
                $"n{node + 1} sends n{message.To} a snapshot up to byte {end}, of which {flow.Acknowledged} "
                + $"are answered; {bytesInFlightMax} may be on their way");
        }

        Resumed += !flow.HasSent && message.Round > 0 ? 1 : 0;
        flow.HasSent = true;
        Bytes += bytes;
    }

    /// <summary>An answer arrives at the node that sends the snapshot.</summary>
    public void Answered(int node, in Message message)
    {
        ref var flow = ref _flows[(node * nodes) + (int)message.From.Value - 1];
        if (message.Sequence == flow.Offer && !message.Reject)
        {
            flow.IsAnswered = true;
            flow.Acknowledged = Math.Max(flow.Acknowledged, (long)message.Round);
        }
    }

    private struct Flow
    {
        public ulong Offer;
        public bool IsAnswered;
        public bool HasSent;
        public long Acknowledged;
    }
}
