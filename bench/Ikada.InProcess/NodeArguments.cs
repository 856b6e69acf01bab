using System.Globalization;
using System.Net;

namespace Ikada.InProcess;

/// <summary>What a node is told by its arguments: DIRECTORY NUMBER MODE ADDRESS:PORT…</summary>
/// <param name="Directory">Its own.</param>
/// <param name="Number">Which of the addresses is its own, from 0 on.</param>
/// <param name="Mode">How the library is set up, in the words of its program.</param>
/// <param name="Addresses">Of all nodes.</param>
public sealed record NodeArguments(
    string Directory, int Number, string Mode, IReadOnlyList<IPEndPoint> Addresses)
{
    /// <summary>Of both libraries: so long that no leader is lost for want of a processor.</summary>
    public const int ElectionMilliseconds = 3000;

    /// <summary>Of both libraries.</summary>
    public const int HeartbeatMilliseconds = 100;

    /// <exception cref="ArgumentException">They are not these.</exception>
    public static NodeArguments Parse(string[] arguments) =>
        arguments is [var directory, var number, var mode, .. { Length: > 0 } addresses]
            ? new NodeArguments(
                directory, int.Parse(number, CultureInfo.InvariantCulture), mode,
                [.. addresses.Select(address => IPEndPoint.Parse(address))])
            : throw new ArgumentException(
                "DIRECTORY NUMBER MODE ADDRESS:PORT… are needed", nameof(arguments));
}
