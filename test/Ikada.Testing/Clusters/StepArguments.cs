using System.Globalization;
using Ikada.Consensus;
using Ikada.Primitives;
using Ikada.Testing.Scripts;

namespace Ikada.Testing.Clusters;

/// <summary>How the commands over clusters read their arguments.</summary>
internal static class StepArguments
{
    /// <summary>The words of a directive, <c>quiet</c> aside.</summary>
    public static string[] Words(this ScriptCase step) =>
        [.. step.Arguments.Where(argument => !argument.HasValues && argument.Key != "quiet")
            .Select(argument => argument.Key)];

    /// <summary>Whether a word stands in the directive.</summary>
    public static bool Has(this ScriptCase step, string word) => step.Words().Contains(word);

    /// <summary>The node that the first word names.</summary>
    public static NodeId Node(this ScriptCase step) =>
        step.Words() is [var first, ..] ? Id(first)
            : throw new ScriptException($"'{step.Command}' names no node");

    /// <summary>The nodes that the words name.</summary>
    public static NodeId[] Nodes(this ScriptCase step) => [.. step.Words().Select(Id)];

    /// <summary>The node under a key, or none.</summary>
    public static NodeId Node(this ScriptCase step, string key) =>
        step.Find(key) is { Values: [var id] } ? Id(id) : NodeId.None;

    /// <summary>The nodes under a key.</summary>
    public static NodeId[] Nodes(this ScriptCase step, string key) =>
        [.. (step.Find(key)?.Values ?? []).Select(Id)];

    /// <summary>The number under a key, or what it is otherwise.</summary>
    public static long Number(this ScriptCase step, string key, long otherwise) =>
        step.Find(key) is { } argument ? Number(argument) : otherwise;

    /// <summary>The number that an argument gives.</summary>
    public static long Number(ScriptArgument argument) =>
        argument.Values is [var value] ? Number(value)
            : throw new ScriptException($"'{argument.Key}' takes one number");

    /// <summary>A number.</summary>
    public static long Number(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
            : throw new ScriptException($"'{text}' is no number");

    /// <summary>An id.</summary>
    public static NodeId Id(string text) => new((ulong)Number(text));

    /// <summary>A range of indexes: <c>4-6</c> or <c>4</c>.</summary>
    public static (LogIndex First, LogIndex Last) Range(string text)
    {
        var parts = text.Split('-');
        return (new LogIndex((ulong)Number(parts[0])), new LogIndex((ulong)Number(parts[^1])));
    }

    /// <summary>What passes the filter of <c>from= to= type=</c>.</summary>
    public static Func<Envelope, bool> Filter(this ScriptCase step)
    {
        var (from, to) = (step.Nodes("from"), step.Nodes("to"));
        var types = step.Find("type")?.Values ?? [];
        if (types.FirstOrDefault(type => type is not ("Snapshot" or "SnapshotEnd")
            && !Enum.TryParse<MessageType>(type, out _)) is { } strange)
        {
            throw new ScriptException($"there is no type of message '{strange}'");
        }

        return envelope => (from.Length == 0 || from.Contains(envelope.Message.From))
            && (to.Length == 0 || to.Contains(envelope.Message.To))
            && (types.Count == 0 || types.Contains(envelope.Name));
    }
}
