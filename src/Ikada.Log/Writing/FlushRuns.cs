using Ikada.Primitives;

namespace Ikada.Log.Writing;

/// <summary>Entries of one generation on their way to the disk in one batch.</summary>
internal record struct FlushRun(ulong Batch, ulong Generation, LogIndex First, LogIndex Last);

/// <summary>
/// The entries of a group that are in a batch under way. Truncation shortens the runs, so that the completion
/// of a batch never claims an index whose entry was replaced since (the ABA race of appended, truncated,
/// re-appended).
/// </summary>
internal sealed class FlushRuns
{
    private readonly List<FlushRun> _runs = [];

    public void Add(ulong batch, ulong generation, LogIndex index)
    {
        if (_runs.Count > 0)
        {
            var last = _runs[^1];
            if (last.Batch == batch && last.Generation == generation && last.Last.Next == index)
            {
                _runs[^1] = last with { Last = index };
                return;
            }
        }

        _runs.Add(new FlushRun(batch, generation, index, index));
    }

    public void TruncateFrom(LogIndex first)
    {
        for (var i = _runs.Count - 1; i >= 0; i--)
        {
            var run = _runs[i];
            if (run.First >= first)
            {
                _runs.RemoveAt(i);
            }
            else if (run.Last >= first)
            {
                _runs[i] = run with { Last = first.Previous };
            }
        }
    }

    /// <summary>Forgets entries up to an index: a snapshot covers them.</summary>
    public void DropTo(LogIndex last)
    {
        for (var i = _runs.Count - 1; i >= 0; i--)
        {
            var run = _runs[i];
            if (run.Last <= last)
            {
                _runs.RemoveAt(i);
            }
            else if (run.First <= last)
            {
                _runs[i] = run with { First = last.Next };
            }
        }
    }

    public void Clear() => _runs.Clear();

    /// <summary>Takes the next run of a finished batch.</summary>
    public bool TryTake(ulong batch, out FlushRun run)
    {
        run = default;
        if (_runs.Count == 0 || _runs[0].Batch > batch)
        {
            return false;
        }

        run = _runs[0];
        _runs.RemoveAt(0);
        return true;
    }
}
