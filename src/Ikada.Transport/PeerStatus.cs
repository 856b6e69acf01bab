using System.Net;
using Ikada.Primitives;

namespace Ikada.Transport;

/// <summary>How our connection to a peer stands.</summary>
/// <param name="Node">The peer.</param>
/// <param name="EndPoint">Where it is dialled: as the settings or the membership name it.</param>
/// <param name="IsConnected">Whether our connection to it stands. What it sends comes on its own, which
/// <paramref name="IsHeard"/> tells.</param>
/// <param name="IsHeard">Whether its connection to us stands.</param>
/// <param name="Since">Since when <paramref name="IsConnected"/> is as it is.</param>
/// <param name="LastFailure">What went wrong last, for people, with the remedy; null: nothing yet. It stays
/// when the connection stands again.</param>
/// <param name="LastFailureAt">When that was.</param>
/// <param name="RetryAt">When it is dialled again; null while connected or dialling.</param>
/// <param name="FormatVersion">The version of the frames that the two agreed on; null while not
/// connected.</param>
public sealed record PeerStatus(
    NodeId Node,
    EndPoint EndPoint,
    bool IsConnected,
    bool IsHeard,
    DateTimeOffset Since,
    string? LastFailure,
    DateTimeOffset? LastFailureAt,
    DateTimeOffset? RetryAt,
    ushort? FormatVersion);
