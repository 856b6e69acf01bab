using Ikada.Testing.Scripts;

namespace Ikada.Testing.Clusters;

/// <summary>
/// Commands over a cluster of cores. The answer is the trace: what happened, in order, with what a message
/// caused indented under it; <c>ok</c> where nothing did, or where <c>quiet</c> was asked for.
/// </summary>
public sealed class ClusterCommands : IScriptCommands
{
    private static readonly Dictionary<string, Action<ScriptCluster, ScriptCase>> All =
        new([.. ClusterActions.Commands, .. ClusterFaults.Commands, .. ClusterViews.Commands]);

    private ScriptCluster? _cluster;

    /// <inheritdoc/>
    public bool Knows(string command) => command is "cluster" or "do" || All.ContainsKey(command);

    /// <inheritdoc/>
    public ScriptAnswer Run(ScriptCase step)
    {
        ArgumentNullException.ThrowIfNull(step);
        _cluster?.Trace.Take();
        if (step.Command == "cluster")
        {
            _cluster = ClusterSetup.Make(step);
        }
        else if (step.Command == "do")
        {
            RunEach(step);
        }
        else
        {
            All[step.Command](Cluster, step);
        }

        var isQuiet = step.Arguments.Any(argument => argument is { Key: "quiet", HasValues: false });
        var lines = Cluster.Trace.Take();
        return new ScriptAnswer(isQuiet || lines.Count == 0 ? ["ok"] : lines, ScriptComparison.Whole);
    }

    private ScriptCluster Cluster => _cluster ?? throw new ScriptException("there is no cluster yet");

    // Several commands in one case, a line each.
    private void RunEach(ScriptCase step)
    {
        foreach (var line in step.Input.Where(line => line.Trim().Length > 0))
        {
            var inner = Script.Parse(step.File, $"{line}\n{Script.Separator}\n").Cases[0];
            if (inner.Fault is not null || !All.TryGetValue(inner.Command, out var command))
            {
                throw new ScriptException($"'{line}': {inner.Fault ?? "there is no such command"}");
            }

            command(Cluster, inner);
        }
    }
}
