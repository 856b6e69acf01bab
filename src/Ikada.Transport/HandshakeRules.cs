using Ikada.Primitives;
using Ikada.Wire;

namespace Ikada.Transport;

/// <summary>The <see cref="Handshake"/> of a process, which any connection's thread may ask while the members
/// change.</summary>
internal sealed class HandshakeRules(TransportOptions options)
{
    private readonly Lock _gate = new();
    private readonly Handshake _handshake = new(options.Self, options.Cluster);

    /// <summary>From now on these are known.</summary>
    public void SetMembers(IEnumerable<NodeId> members)
    {
        lock (_gate)
        {
            _handshake.SetMembers(members);
        }
    }

    /// <summary>Judges a greeting; null if it is welcome. A welcome start count is remembered.</summary>
    public Rejection? Judge(in FrameHeader header, in Greeting greeting)
    {
        lock (_gate)
        {
            return _handshake.Judge(header, greeting);
        }
    }
}
