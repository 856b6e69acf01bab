using System.Globalization;
using Ikada.Consensus;
using Ikada.Primitives;

namespace Ikada.Testing.Scripts;

/// <summary>
/// <c>committed cfg=(1,2,3) [cfgj=(..)|zero] idx=(100,_,5)</c> and <c>vote cfg=(..) [cfgj=(..)]
/// votes=(y,n,_)</c>: the arithmetic of majorities. idx and votes are those of the ids in order of first
/// mention. </summary>
public sealed class QuorumCommands : IScriptCommands
{
    private const string NothingKnown = "_";

    /// <inheritdoc/>
    public bool Knows(string command) => command is "committed" or "vote";

    /// <inheritdoc/>
    public ScriptAnswer Run(ScriptCase step)
    {
        ArgumentNullException.ThrowIfNull(step);
        var isVote = step.Command == "vote";
        var given = isVote ? "votes" : "idx";
        step.Allow("cfg", "cfgj", given);
        var incoming = Ids(step.Find("cfg"));
        var outgoing = Ids(step.Find("cfgj"));
        ulong[] ids = [.. incoming.Concat(outgoing).Distinct()];
        var values = step.Find(given)?.Values ?? [];
        if (values.Count != ids.Length)
        {
            return Error($"error: {ids.Length} voters ({string.Join(' ', ids)}), {values.Count} {given}");
        }

        var known = ids.Zip(values).Where(pair => pair.Second != NothingKnown)
            .ToDictionary(pair => pair.First, pair => pair.Second);
        return isVote ? Vote(incoming, outgoing, known) : Committed(incoming, outgoing, known);
    }

    private static ScriptAnswer Committed(
        ulong[] incoming, ulong[] outgoing, Dictionary<ulong, string> known)
    {
        var index = LogIndex.Min(Of(incoming), Of(outgoing));
        var text = index.Value == ulong.MaxValue ? "∞" : index.Value.ToString(CultureInfo.InvariantCulture);
        return new ScriptAnswer([text], ScriptComparison.LastLine);

        LogIndex Of(ulong[] voters) => Quorum.CommittedIndex(
            [.. voters.Select(id => new LogIndex(known.TryGetValue(id, out var index) ? Number(index) : 0))]);
    }

    private static ScriptAnswer Vote(ulong[] incoming, ulong[] outgoing, Dictionary<ulong, string> known)
    {
        if (known.Values.FirstOrDefault(vote => vote is not ("y" or "n")) is { } strange)
        {
            throw new ScriptException($"'{strange}' is no vote: y, n or {NothingKnown}");
        }

        var result = Quorum.Both(Of(incoming), Of(outgoing));
        return new ScriptAnswer([$"Vote{result}"], ScriptComparison.LastLine);

        VoteResult Of(ulong[] voters) => Quorum.Tally(
            voters.Length,
            voters.Count(id => known.GetValueOrDefault(id) == "y"),
            voters.Count(id => known.GetValueOrDefault(id) == "n"));
    }

    // "zero" is an empty set that is there: for the arithmetic the same as one that is not.
    private static ulong[] Ids(ScriptArgument? argument) =>
        argument is null || argument.Values is ["zero"] ? []
            : [.. argument.Values.Select(Number).Distinct()];

    private static ulong Number(string text) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
            : throw new ScriptException($"'{text}' is no number");

    private static ScriptAnswer Error(string text) => new([text], ScriptComparison.LastLine)
    {
        IsErrorText = static line => line.StartsWith("error", StringComparison.OrdinalIgnoreCase),
    };
}
