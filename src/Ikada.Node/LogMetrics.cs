using System.Diagnostics.Metrics;
using Ikada.Log;

namespace Ikada.Node;

/// <summary>What a node measures of its log. The log itself is a pure room: it counts, this
/// measures.</summary>
internal sealed class LogMetrics
{
    private readonly Histogram<double> _syncs;
    private readonly Histogram<long> _records;
    private readonly Histogram<long> _sizes;
    private readonly Counter<long> _written;
    private readonly Counter<long> _readBacks;
    private readonly Gauge<double> _recovery;
    private readonly Gauge<long> _recoveredBytes;
    private long _segments;
    private long _tailBytes;

    public LogMetrics(Meter meter)
    {
        _syncs = meter.CreateHistogram<double>(
            "ikada.log.sync.duration", "s", "How long syncs (fdatasync) took");
        _records = meter.CreateHistogram<long>(
            "ikada.log.batch.records", "{record}", "Records made durable by one sync");
        _sizes = meter.CreateHistogram<long>("ikada.log.batch.size", "By", "Bytes made durable by one sync");
        _written = meter.CreateCounter<long>("ikada.log.written", "By", "Bytes written, by purpose");
        _readBacks = meter.CreateCounter<long>(
            "ikada.log.read_backs", "{entry}", "Entries read back from the disk");
        _recovery = meter.CreateGauge<double>(
            "ikada.log.recovery.duration", "s", "How long the log took to open");
        _recoveredBytes = meter.CreateGauge<long>(
            "ikada.log.recovery.size", "By", "Bytes of log read when it was opened");
        meter.CreateObservableGauge(
            "ikada.log.segments", () => Volatile.Read(ref _segments), "{segment}", "Segments in use");
        meter.CreateObservableGauge(
            "ikada.log.tail.size", () => Volatile.Read(ref _tailBytes), "By",
            "Bytes of recent entries in memory");
    }

    public void Recovered(TimeSpan took, RecoveryReport report)
    {
        _recovery.Record(took.TotalSeconds);
        _recoveredBytes.Record(report.Bytes);
    }

    /// <summary>On the disk thread.</summary>
    public void Synced(TimeSpan took) => _syncs.Record(took.TotalSeconds);

    /// <summary>On the disk thread.</summary>
    public void Done(DiskOperation work)
    {
        switch (work.Work)
        {
            case DiskWork.Batch:
                _records.Record(work.RecordCount);
                _sizes.Record(work.ByteCount);
                _written.Add(work.ByteCount, new KeyValuePair<string, object?>("purpose", "batch"));
                break;
            case DiskWork.Preparation:
                _written.Add(work.ByteCount, new KeyValuePair<string, object?>("purpose", "preparation"));
                break;
            case DiskWork.Read:
                _readBacks.Add(work.RecordCount);
                break;
            default:
                break;
        }
    }

    /// <summary>On the consensus thread, which owns the log.</summary>
    public void Observe(WriteAheadLog log)
    {
        Volatile.Write(ref _segments, log.Segments);
        Volatile.Write(ref _tailBytes, log.TailBytes);
    }
}
