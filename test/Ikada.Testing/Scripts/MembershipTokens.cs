using System.Globalization;
using Ikada.Consensus;
using Ikada.Primitives;

namespace Ikada.Testing.Scripts;

/// <summary>Changes of a membership as scripts write them: <c>v1</c> makes 1 a voter, <c>l2</c> makes 2 a
/// learner, <c>r3</c> removes 3, <c>u4</c> updates 4.</summary>
public static class MembershipTokens
{
    /// <summary>The changes that these lines name, in order.</summary>
    /// <exception cref="ScriptException">A word is none.</exception>
    public static IReadOnlyList<MemberChange> Parse(IEnumerable<string> lines) =>
        [.. lines.SelectMany(line => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            .Select(Parse)];

    private static MemberChange Parse(string token)
    {
        var kind = token[0] switch
        {
            'v' => MemberChangeKind.Voter,
            'l' => MemberChangeKind.Learner,
            'r' => MemberChangeKind.Remove,
            'u' => MemberChangeKind.Update,
            _ => MemberChangeKind.None,
        };
        return kind != MemberChangeKind.None
            && ulong.TryParse(token[1..], NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? new MemberChange(kind, new NodeId(id))
            : throw new ScriptException($"'{token}' is no change: v, l, r or u and an id");
    }
}
