using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Ikada.Server;

/// <summary>Counts the calls by what version of the API their clients speak, as etcd does.</summary>
internal sealed class ClientRequests
{
    // A client may call itself whatever it likes.
    private const int SeriesMax = 100;

    private readonly ConcurrentDictionary<(string Type, string Version), StrongBox<long>> _counts = new();

    /// <summary>Counts a call that is let in.</summary>
    public void Count(string type, string version)
    {
        if (!_counts.TryGetValue((type, version), out var count))
        {
            count = _counts.GetOrAdd(
                (type, _counts.Count < SeriesMax ? version : "other"), static _ => new StrongBox<long>());
        }

        Interlocked.Increment(ref count.Value);
    }

    public MetricFamily Family()
    {
        var family = new MetricFamily(
            "etcd_server_client_requests_total", MetricKind.Counter,
            "Calls by the version of the API that the client speaks");
        foreach (var ((type, version), count) in _counts)
        {
            family.Add(
                Volatile.Read(ref count.Value),
                MetricText.Label("client_api_version", version) + "," + MetricText.Label("type", type));
        }

        return family;
    }
}
