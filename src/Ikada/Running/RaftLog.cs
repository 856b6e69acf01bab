using Microsoft.Extensions.Logging;

namespace Ikada;

/// <summary>What the library logs. Ids 300 to 319; never reuse one. Next free: 301.</summary>
internal static partial class RaftLog
{
    [LoggerMessage(
        300, LogLevel.Error,
        "Node {Name} starts over in {Directory}, as a new one, and takes back from the others what it held: "
        + "{Why}")]
    public static partial void StartsOver(ILogger logger, string name, string directory, string why);
}
