using Microsoft.Extensions.Logging;

namespace Ikada.Transport;

/// <summary>What all incoming connections share.</summary>
internal sealed record Reception(
    TransportOptions Options,
    HandshakeRules Rules,
    PeerTls? Tls,
    PeerHub Hub,
    RefusalLog Refusals,
    ILogger Logger);
