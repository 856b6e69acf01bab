namespace Ikada.Samples.Tests;

/// <summary>The three nodes of a sample, as its README starts them, on free ports and in a temporary
/// directory.</summary>
internal sealed class SampleGroup(string sample) : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("ikada-sample-");
    private readonly Dictionary<string, int> _ports = new()
    {
        ["a"] = SampleProcess.FreePort(), ["b"] = SampleProcess.FreePort(), ["c"] = SampleProcess.FreePort(),
    };

    private readonly Dictionary<string, SampleProcess> _nodes = [];

    public IEnumerable<string> Names => _ports.Keys;

    public IEnumerable<string> Running => _nodes.Keys;

    public HttpClient this[string name] => _nodes[name].Client;

    public string Output => string.Join('\n', _nodes.Select(node => $"== {node.Key}\n{node.Value.Output}"));

    public async Task StartAsync(params IEnumerable<string> names)
    {
        var started = names.Select(async name => (name, await SampleProcess.StartAsync(
            sample,
            _ports.Select(port => $"Raft:InitialMembers:{port.Key}=127.0.0.1:{port.Value}")
                .Append($"Raft:Name={name}")
                .Append($"Raft:DataDirectory={Path.Combine(_directory.FullName, name)}"))));
        foreach (var (name, node) in await Task.WhenAll(started))
        {
            _nodes.Add(name, node);
        }
    }

    /// <summary>As if its power were cut.</summary>
    public void Kill(string name)
    {
        _nodes[name].Kill();
        _nodes[name].Dispose();
        _nodes.Remove(name);
    }

    public void Dispose()
    {
        foreach (var node in _nodes.Values)
        {
            node.Dispose();
        }

        _directory.Delete(recursive: true);
    }
}
