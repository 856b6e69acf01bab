using Microsoft.Extensions.Logging;

namespace Ikada.Server;

/// <summary>What all unary calls share.</summary>
internal sealed class UnaryParts(
    Admission admission, GrpcMeter meter, ServerOptions options, ILoggerFactory loggers)
{
    public Admission Admission => admission;

    public GrpcMeter Meter => meter;

    public ILogger Logger { get; } = loggers.CreateLogger("Ikada.Server");

    /// <summary>The largest message taken.</summary>
    public int MessageBytesMax { get; } = ReceiveLimit.BytesMax(options);
}
