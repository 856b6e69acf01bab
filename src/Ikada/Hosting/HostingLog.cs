using Microsoft.Extensions.Logging;

namespace Ikada;

/// <summary>What the hosting of a node logs. Ids 320 to 339; never reuse one. Next free: 321.</summary>
internal static partial class HostingLog
{
    [LoggerMessage(320, LogLevel.Critical,
        "Node {Name} has had to stop, and cannot go on without a new start: the host is stopped")]
    public static partial void StopsHost(ILogger logger, string name, Exception error);
}
