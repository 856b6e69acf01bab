using System.Net;
using Microsoft.Extensions.Logging;

namespace Ikada.Transport;

/// <summary>
/// Logs refused connections: the first of an address for a kind of reason as a warning, again after a minute,
/// with how many there were between; those between for debugging only. Whoever is refused tries again and
/// again. Remembers a bounded number of addresses.
/// </summary>
internal sealed class RefusalLog(ILogger logger, TimeProvider time, TransportMetrics metrics)
{
    private const int RemembersMax = 256;
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);
    private readonly Lock _gate = new();
    private readonly Dictionary<(IPAddress? From, string Kind), (long SaidAt, int Since)> _said = [];

    public void Refused(EndPoint? from, string kind, string reason)
    {
        var key = ((from as IPEndPoint)?.Address, kind);
        metrics.Refused(kind);
        int since;
        lock (_gate)
        {
            if (_said.TryGetValue(key, out var last) && time.GetElapsedTime(last.SaidAt) < Pause)
            {
                _said[key] = (last.SaidAt, last.Since + 1);
                since = -1;
            }
            else
            {
                if (_said.Count == RemembersMax && !_said.ContainsKey(key))
                {
                    _said.Clear();
                }

                since = last.Since;
                _said[key] = (time.GetTimestamp(), 0);
            }
        }

        if (since < 0)
        {
            TransportLog.RefusedAgain(logger, from, kind, reason);
        }
        else if (since == 0)
        {
            TransportLog.Refused(logger, from, kind, reason);
        }
        else
        {
            TransportLog.RefusedOften(logger, from, kind, reason, since);
        }
    }
}
