using System.Diagnostics;

namespace Ikada.Cli.Demo;

/// <summary>
/// What the writers were told: the writes that were acknowledged, how many were refused for certain, and
/// those whose outcome nobody knows, which may be there or not.
/// </summary>
internal sealed class Ledger
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, string> _acknowledged = [];
    private readonly Dictionary<string, string> _unknown = [];
    private long _lastAcknowledged;
    private long _longestGap;

    public int Refused { get; private set; }

    public int AcknowledgedCount
    {
        get
        {
            lock (_lock)
            {
                return _acknowledged.Count;
            }
        }
    }

    public int UnknownCount
    {
        get
        {
            lock (_lock)
            {
                return _unknown.Count;
            }
        }
    }

    /// <summary>The longest time between two acknowledged writes since <see cref="WatchGap"/>.</summary>
    public TimeSpan LongestGap
    {
        get
        {
            lock (_lock)
            {
                return Stopwatch.GetElapsedTime(0, _longestGap);
            }
        }
    }

    /// <summary>From here on the longest gap counts anew; the one that is open now is part of it.</summary>
    public void WatchGap()
    {
        lock (_lock)
        {
            _longestGap = 0;
        }
    }

    public void Acknowledge(string key, string value)
    {
        lock (_lock)
        {
            var now = Stopwatch.GetTimestamp();
            if (_acknowledged.Count > 0)
            {
                _longestGap = Math.Max(_longestGap, now - _lastAcknowledged);
            }

            _lastAcknowledged = now;
            _acknowledged.Add(key, value);
        }
    }

    public void Refuse()
    {
        lock (_lock)
        {
            Refused++;
        }
    }

    public void Doubt(string key, string value)
    {
        lock (_lock)
        {
            _unknown.Add(key, value);
        }
    }

    /// <summary>
    /// Holds what was found against what was told: an acknowledged write must be there as written; what
    /// else is there must be a write in doubt.
    /// </summary>
    public IReadOnlyList<string> Contradictions(IReadOnlyDictionary<string, string> found)
    {
        lock (_lock)
        {
            var wrong = new List<string>();
            foreach (var (key, value) in _acknowledged)
            {
                if (!found.TryGetValue(key, out var read))
                {
                    wrong.Add($"{key} is lost; {value} was acknowledged");
                }
                else if (read != value)
                {
                    wrong.Add($"{key} holds {read}; {value} was acknowledged");
                }
            }

            foreach (var (key, value) in found)
            {
                if (!_acknowledged.ContainsKey(key) && _unknown.GetValueOrDefault(key) != value)
                {
                    wrong.Add($"{key} holds {value}, which was refused or never written");
                }
            }

            return wrong;
        }
    }
}
