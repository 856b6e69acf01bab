using Ikada.Node;

namespace Ikada;

/// <summary>The settings of a process that holds several groups.</summary>
public sealed class RaftHostOptions
{
    /// <summary>
    /// The settings of the process and of all its groups, as for a single one, but that
    /// <see cref="RaftOptions.Cluster"/> names all processes together, and
    /// <see cref="RaftOptions.InitialMembers"/> are the members that every new group starts with. A process
    /// with <see cref="RaftOptions.Join"/> founds no group: it joins each one that it opens.
    /// </summary>
    public RaftOptions Process { get; set; } = new();

    /// <summary>How long a group must have had nothing to do before it goes to sleep: no heartbeats, no
    /// timers. One heartbeat for each pair of processes goes on. Zero: groups never sleep. The first command
    /// or read wakes it. Default 2 s.</summary>
    public TimeSpan QuiesceAfter { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Returns what is wrong with the settings, naming option, value and range, or null.</summary>
    public string? Validate() =>
        QuiesceAfter < TimeSpan.Zero
            ? $"RaftHostOptions.QuiesceAfter is {QuiesceAfter.TotalMilliseconds} ms; it must not be negative"
            : Process.Validate();

    internal NodeOptions NodeOptions()
    {
        var node = NodeSettings.Of(Process);
        return node with { Consensus = node.Consensus with { QuiesceAfter = QuiesceAfter } };
    }
}
