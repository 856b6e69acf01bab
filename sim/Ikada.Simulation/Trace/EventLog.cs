namespace Ikada.Simulation.Trace;

/// <summary>
/// The history of a run: a rolling hash over everything that happened, which two runs of a seed must
/// share, and the
/// last events, formatted only when somebody asks.
/// </summary>
internal sealed class EventLog(SimulationOptions options)
{
    private readonly TextWriter? _lines = options.Events;
    private readonly TextWriter? _trace = options.Trace;
    private readonly Action<TraceEntry, ulong>? _recorder = options.Recorder;
    private const int KeptEvents = 64;
    private readonly TraceEntry[] _ring = new TraceEntry[KeptEvents];

    /// <summary>How many events there were.</summary>
    public long Count { get; private set; }

    /// <summary>The hash of the history so far.</summary>
    public ulong Hash { get; private set; } = 0xCBF29CE484222325;

    /// <summary>Adds an event.</summary>
    public void Add(
        long time, TraceKind kind, int node, int peer = -1, long a = 0, long b = 0, long c = 0, long d = 0)
    {
        ref var entry = ref _ring[Count++ % KeptEvents];
        entry.Time = time;
        entry.Kind = kind;
        entry.Node = (short)node;
        entry.Peer = (short)peer;
        entry.A = a;
        entry.B = b;
        entry.C = c;
        entry.D = d;
        var hash = Mix(Hash, (ulong)time);
        hash = Mix(hash, ((ulong)kind << 32) | ((ulong)(ushort)node << 16) | (ushort)peer);
        hash = Mix(hash, (ulong)a ^ ((ulong)b << 21));
        Hash = Mix(hash, (ulong)c ^ ((ulong)d << 21));
        _lines?.WriteLine(TraceFormat.Line(entry));
        _trace?.WriteLine(TraceJson.Line(entry));
        _recorder?.Invoke(entry, Hash);
    }

    /// <summary>The last events, oldest first, at most <paramref name="count"/>.</summary>
    public IReadOnlyList<string> Last(int count)
    {
        var kept = (int)Math.Min(Math.Min(Count, KeptEvents), count);
        var lines = new string[kept];
        for (var i = 0; i < kept; i++)
        {
            lines[i] = TraceFormat.Line(_ring[(Count - kept + i) % KeptEvents]);
        }

        return lines;
    }

    private static ulong Mix(ulong hash, ulong value)
    {
        hash = (hash ^ value) * 0x9E3779B97F4A7C15;
        return hash ^ (hash >> 29);
    }
}
