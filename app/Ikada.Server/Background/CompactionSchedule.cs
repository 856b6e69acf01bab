namespace Ikada.Server;

/// <summary>When to compact by itself, and to which revision; etcd's rules. Told the time, it keeps no
/// clock.</summary>
internal abstract class CompactionSchedule
{
    /// <summary>How often it wants to be asked.</summary>
    public abstract TimeSpan Interval { get; }

    /// <summary>The revision to compact to now; null: none is due.</summary>
    public abstract long? Next(TimeSpan now, long revision);

    /// <summary>The compaction to that revision is done, or was already.</summary>
    public abstract void Done(TimeSpan now, long revision);

    /// <summary>The schedule of the options; null: nothing is compacted by itself.</summary>
    public static CompactionSchedule? Of(ServerOptions options) =>
        options.AutoCompactionPeriod > TimeSpan.Zero ? new Periodic(options.AutoCompactionPeriod)
        : options.AutoCompactionRevisions > 0 ? new ByRevision(options.AutoCompactionRevisions)
        : null;

    /// <summary>Keeps what was changed within a period: to know the revision of that time, it notes ten of
    /// them.</summary>
    private sealed class Periodic(TimeSpan period) : CompactionSchedule
    {
        private const int NotesPerInterval = 10;
        private static readonly TimeSpan IntervalMax = TimeSpan.FromHours(1);
        private readonly Queue<(TimeSpan At, long Revision)> _notes = new();
        private readonly TimeSpan _between = period < IntervalMax ? period : IntervalMax;
        private TimeSpan? _last;
        private long _lastRevision;

        public override TimeSpan Interval => _between / NotesPerInterval;

        public override long? Next(TimeSpan now, long revision)
        {
            _last ??= now + period - _between;
            _notes.Enqueue((now, revision));
            var old = 0L;
            while (_notes.TryPeek(out var note) && now - note.At >= period)
            {
                old = note.Revision;
                if (_notes.ElementAtOrDefault(1) is not { Revision: > 0 } next || now - next.At < period)
                {
                    break;
                }

                _notes.Dequeue();
            }

            return old > 1 && old != _lastRevision && now - _last >= _between ? old : null;
        }

        public override void Done(TimeSpan now, long revision) => (_last, _lastRevision) = (now, revision);
    }

    /// <summary>Keeps so many revisions.</summary>
    private sealed class ByRevision(long kept) : CompactionSchedule
    {
        private long _lastRevision;

        public override TimeSpan Interval => TimeSpan.FromMinutes(5);

        public override long? Next(TimeSpan now, long revision) =>
            revision - kept > 0 && revision - kept != _lastRevision ? revision - kept : null;

        public override void Done(TimeSpan now, long revision) => _lastRevision = revision;
    }
}
