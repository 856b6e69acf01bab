using System.Diagnostics.Metrics;

namespace Ikada.Groups;

/// <summary>What this process has sent to the others, as its meters tell.</summary>
internal sealed class SentFrames : IDisposable
{
    private readonly MeterListener _listener = new();
    private long _frames;
    private long _bytes;

    public SentFrames()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name is "ikada.peer.sent.frames" or "ikada.peer.sent")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, _, _) =>
        {
            if (instrument.Name == "ikada.peer.sent")
            {
                _bytes += value;
            }
            else
            {
                _frames += value;
            }
        });
        _listener.Start();
    }

    public (long Frames, long Bytes) Read()
    {
        (_frames, _bytes) = (0, 0);
        _listener.RecordObservableInstruments();
        return (_frames, _bytes);
    }

    public void Dispose() => _listener.Dispose();
}
