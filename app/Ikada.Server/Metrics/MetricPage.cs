namespace Ikada.Server;

/// <summary>The page /metrics: all meters of the process, and what etcd calls by names of its own.</summary>
internal sealed class MetricPage(
    MetricCollector collector, EtcdMetrics etcd, ClientRequests requests, GrpcMeter calls)
{
    public string Text()
    {
        var families = MetricCollector.Families(collector.Collect());
        return MetricText.Of(
        [
            .. families.Values, .. etcd.Families(families), requests.Family(), .. calls.Families(),
            .. ProcessMetrics.Families(),
        ]);
    }
}
