using Ikada.Primitives;
using Microsoft.Extensions.Logging;

namespace Ikada;

/// <summary>What is logged of nodes that found a group, join one, or come back to one. Ids 400 to 449; never
/// reuse one. Next free: 418.</summary>
internal static partial class JoinLog
{
    [LoggerMessage(400, LogLevel.Information,
        "Node {Name} holds nothing yet and asks {Others} whether their group exists already")]
    public static partial void AsksFounders(ILogger logger, string name, string others);

    [LoggerMessage(401, LogLevel.Information,
        "All founders have answered and none holds anything: node {Name} founds the group with them")]
    public static partial void Founds(ILogger logger, string name);

    [LoggerMessage(402, LogLevel.Warning,
        "Node {Name} waits for {Silent} before it votes: a group is founded once all founders have been "
            + "started, since one that is missing may hold what the group has done. If a founder will never "
            + "start, take it out of RaftOptions.InitialMembers on all, and delete their empty directories")]
    public static partial void WaitsForFounders(ILogger logger, string name, string silent);

    [LoggerMessage(403, LogLevel.Information,
        "The group exists, and node {Name} is a member of it under this directory (incarnation "
            + "{Incarnation})")]
    public static partial void IsMember(ILogger logger, string name, Incarnation incarnation);

    [LoggerMessage(404, LogLevel.Warning,
        "The group exists and knew node {Name} under another incarnation: that directory is lost. This one "
            + "(incarnation {Incarnation}) counts for nothing until it has been added again, and asks")]
    public static partial void WasWiped(ILogger logger, string name, Incarnation incarnation);

    [LoggerMessage(405, LogLevel.Error,
        "The group exists and node {Name} is no member of it (any more). To join it, clear "
            + "RaftOptions.InitialMembers and set RaftOptions.Join")]
    public static partial void IsNoMember(ILogger logger, string name);

    [LoggerMessage(406, LogLevel.Error,
        "Node {Name} had lost its log and the others hold nothing of the group either: there is nothing to "
            + "take back. Bring back a node that does, or found the group anew with empty directories")]
    public static partial void NothingLeft(ILogger logger, string name);

    [LoggerMessage(407, LogLevel.Information, "Node {Name} asks {Where} to be let in")]
    public static partial void Asks(ILogger logger, string name, string where);

    [LoggerMessage(408, LogLevel.Warning, "Node {Name} is not let in, or not promoted, and asks on: {Why}")]
    public static partial void NotYet(ILogger logger, string name, string why);

    [LoggerMessage(409, LogLevel.Error, "{Refusal}. It asks on in a while")]
    public static partial void NotLetIn(ILogger logger, string refusal);

    [LoggerMessage(410, LogLevel.Information,
        "Node {Name} is let in (incarnation {Incarnation}) and catches up: {How}")]
    public static partial void LetIn(ILogger logger, string name, Incarnation incarnation, string how);

    [LoggerMessage(411, LogLevel.Information, "Node {Name} has caught up and is a voter")]
    public static partial void Promoted(ILogger logger, string name);

    [LoggerMessage(412, LogLevel.Debug, "Node {Name} is not promoted yet: {Why}")]
    public static partial void NotPromotedYet(ILogger logger, string name, string why);

    [LoggerMessage(413, LogLevel.Information,
        "Leader {Leader} adds {Name} at {Address} as a learner (incarnation {Incarnation}), which asked")]
    public static partial void Adds(
        ILogger logger, string leader, string name, string address, Incarnation incarnation);

    [LoggerMessage(414, LogLevel.Information, "Leader {Leader} made {Name} a voter: it asked for that")]
    public static partial void MadeVoter(ILogger logger, string leader, string name);

    [LoggerMessage(416, LogLevel.Information,
        "Node {Name} is known at {Known} and is started at {Address}: it tells its group")]
    public static partial void TellsAddress(ILogger logger, string name, string known, string address);

    [LoggerMessage(417, LogLevel.Warning,
        "The group reaches node {Name} at {Known}, and its options say {Address}, which are read for a new "
            + "directory only. If it has moved, set RaftOptions.Address to the new address, and it tells the "
            + "group; or tell it by Members.UpdateAsync")]
    public static partial void AddressDiffers(ILogger logger, string name, string known, string address);

    [LoggerMessage(415, LogLevel.Warning, "Node {Self} refuses {Name} at {Address}: {Why}")]
    public static partial void Refuses(ILogger logger, string self, string name, string address, string why);
}
