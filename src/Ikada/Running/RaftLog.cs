using Microsoft.Extensions.Logging;

namespace Ikada;

internal static partial class RaftLog
{
    [LoggerMessage(
        1, LogLevel.Error,
        "Node {Name} starts over in {Directory}, as a new one, and takes back from the others what it held: {Why}")]
    public static partial void StartsOver(ILogger logger, string name, string directory, string why);
}
