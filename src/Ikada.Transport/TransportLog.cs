using System.Net;
using Ikada.Consensus;
using Ikada.Primitives;
using Microsoft.Extensions.Logging;

namespace Ikada.Transport;

/// <summary>What the transport logs. Ids 200 to 299; never reuse one. Next free: 223.</summary>
internal static partial class TransportLog
{
    [LoggerMessage(200, LogLevel.Information, "Listening for peers on {EndPoint}")]
    public static partial void Listening(ILogger logger, EndPoint? endPoint);

    [LoggerMessage(201, LogLevel.Information,
        "Connected to node {Peer} at {EndPoint}, format version {Version}")]
    public static partial void Connected(
        ILogger logger, NodeId peer, EndPoint endPoint, ushort? version);

    [LoggerMessage(202, LogLevel.Information, "Connection to node {Peer} at {EndPoint} ended: {Reason}")]
    public static partial void OutgoingEnded(ILogger logger, NodeId peer, EndPoint endPoint, string reason);

    [LoggerMessage(203, LogLevel.Warning, "Cannot connect to node {Peer} at {EndPoint}, trying on: {Reason}")]
    public static partial void CannotConnect(ILogger logger, NodeId peer, EndPoint endPoint, string reason);

    [LoggerMessage(204, LogLevel.Debug, "Still cannot connect to node {Peer} at {EndPoint}: {Reason}")]
    public static partial void StillCannotConnect(
        ILogger logger, NodeId peer, EndPoint endPoint, string reason);

    [LoggerMessage(205, LogLevel.Information, "Node {Peer} connected from {EndPoint}")]
    public static partial void Accepted(ILogger logger, NodeId peer, EndPoint? endPoint);

    [LoggerMessage(206, LogLevel.Warning, "Refused a connection from {EndPoint}: {Kind}: {Reason}")]
    public static partial void Refused(ILogger logger, EndPoint? endPoint, string kind, string reason);

    [LoggerMessage(207, LogLevel.Information, "Connection of node {Peer} from {EndPoint} ended: {Reason}")]
    public static partial void IncomingEnded(ILogger logger, NodeId peer, EndPoint? endPoint, string reason);

    [LoggerMessage(208, LogLevel.Warning,
        "Connection of node {Peer} from {EndPoint} closed, it broke the protocol: {Reason}")]
    public static partial void ProtocolBroken(ILogger logger, NodeId peer, EndPoint? endPoint, string reason);

    [LoggerMessage(209, LogLevel.Warning, "The queue to node {Peer} is full")]
    public static partial void Congested(ILogger logger, NodeId peer);

    [LoggerMessage(210, LogLevel.Information, "The queue to node {Peer} has room again")]
    public static partial void Drained(ILogger logger, NodeId peer);

    [LoggerMessage(211, LogLevel.Error,
        "{Type} message of {LengthBytes} bytes to node {Peer} not sent, the limit is {FrameBytesMax} bytes")]
    public static partial void MessageTooLarge(
        ILogger logger, MessageType type, long lengthBytes, NodeId peer, int frameBytesMax);

    [LoggerMessage(212, LogLevel.Error, "Cannot accept connections on {EndPoint}, trying on: {Reason}")]
    public static partial void CannotAccept(ILogger logger, EndPoint? endPoint, string reason);

    [LoggerMessage(213, LogLevel.Critical, "A connection loop failed; peers may stay out of reach")]
    public static partial void LoopFailed(ILogger logger, Exception error);

    [LoggerMessage(214, LogLevel.Debug, "Refused again a connection from {EndPoint}: {Kind}: {Reason}")]
    public static partial void RefusedAgain(ILogger logger, EndPoint? endPoint, string kind, string reason);

    [LoggerMessage(215, LogLevel.Warning,
        "Refused a connection from {EndPoint}: {Kind}: {Reason} ({Since} more since this was said last)")]
    public static partial void RefusedOften(
        ILogger logger, EndPoint? endPoint, string kind, string reason, int since);

    [LoggerMessage(216, LogLevel.Information,
        "New connections to peers use the changed certificate in {File}: {Subject}, valid until {Until:u}")]
    public static partial void CertificateChanged(
        ILogger logger, string file, string subject, DateTime until);

    [LoggerMessage(217, LogLevel.Warning,
        "Changed TLS files are not good, the former certificate (valid until {Until:u}) is kept: {Reason}")]
    public static partial void CertificateKept(ILogger logger, string reason, DateTime until);

    [LoggerMessage(220, LogLevel.Information, "Connection for snapshots to node {Peer} at {EndPoint} opened")]
    public static partial void SnapshotsOpened(ILogger logger, NodeId peer, EndPoint endPoint);

    [LoggerMessage(221, LogLevel.Information,
        "Connection for snapshots to node {Peer} at {EndPoint} ended: {Reason}")]
    public static partial void SnapshotsClosed(
        ILogger logger, NodeId peer, EndPoint endPoint, string reason);

    [LoggerMessage(222, LogLevel.Warning,
        "Cannot connect to node {Peer} at {EndPoint} for snapshots, trying on: {Reason}")]
    public static partial void CannotSendSnapshots(
        ILogger logger, NodeId peer, EndPoint endPoint, string reason);
}
