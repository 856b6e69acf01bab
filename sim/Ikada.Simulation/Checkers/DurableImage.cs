using Ikada.Primitives;

namespace Ikada.Simulation.Checkers;

/// <summary>
/// Keeps a node's durable log and vote by watching its disk: what was written counts once a sync of its
/// file has
/// returned. After a crash it compares what the log recovered: nothing that counted may be gone (I26).
/// </summary>
internal sealed class DurableImage(
    NodeView view, LogMatching matching, OneVotePerTerm votes, CommittedLog committed)
{
    public const string Property = "I26 recovery keeps what was durable";
    private readonly List<(string File, LogRecord Record)> _pending = [];
    private readonly List<LogRecord> _read = [];
    private readonly List<BatchPlace> _written = [];
    private readonly List<BatchPlace> _places = [];
    private ulong _cut = ulong.MaxValue;
    private byte[] _scratch = new byte[4096];

    /// <summary>Whether the log is being opened: what it writes then is what it found, once more.</summary>
    public bool IsRecovering { get; set; }

    /// <summary>The batches with entries that were synced, oldest first, as long as their files are
    /// there.</summary>
    public IReadOnlyList<BatchPlace> Places => _places;

    /// <summary>A file is deleted, or called otherwise.</summary>
    public void Gone(string file)
    {
        _written.RemoveAll(place => place.File == file);
        _places.RemoveAll(place => place.File == file);
    }

    /// <summary>Bytes were written.</summary>
    public void Written(string file, long offset, IReadOnlyList<ReadOnlyMemory<byte>> buffers)
    {
        if (IsRecovering)
        {
            return;
        }

        _read.Clear();
        var bytes = Joined(buffers);
        LogBatchReader.Read(bytes, _read);
        Note(file, offset, bytes.Length);
        foreach (var record in _read)
        {
            _pending.Add((file, record));
        }
    }

    /// <summary>A file was synced. Whether that made anything durable that the checkers know of.</summary>
    public bool Synced(string file)
    {
        var kept = 0;
        for (var i = 0; i < _pending.Count; i++)
        {
            var (name, record) = _pending[i];
            if (name == file)
            {
                Apply(record);
            }
            else
            {
                _pending[kept++] = (name, record);
            }
        }

        _places.AddRange(_written.FindAll(place => place.File == file));
        _written.RemoveAll(place => place.File == file);
        var any = kept < _pending.Count;
        _pending.RemoveRange(kept, _pending.Count - kept);
        return any;
    }

    /// <summary>The power went: what was written and not synced may be there or not, in any part.</summary>
    public void PowerLost()
    {
        NoteTruncations();
        _pending.Clear();
        _written.Clear();
    }

    /// <summary>
    /// A snapshot that ends at <paramref name="index"/> takes the place of the log: the record of it is
    /// durable, or its file is and the log has just been opened. Only a log that does not hold its last entry
    /// is dropped.
    /// </summary>
    public void Installed(ulong index, ulong term)
    {
        if (view.Durable.Holds(index, term) && view.Durable.Last > index && view.Injured.Count == 0)
        {
            throw new PropertyViolatedException(
                Property,
                $"n{view.Node + 1} drops its log up to {view.Durable.Last} for a snapshot of {term}/{index}, "
                + "which it holds");
        }

        committed.CheckBase(view.Node, index, term);
        committed.Install(view.Durable, index);
    }

    /// <summary>The disk is lost, and with it all that was to come of it.</summary>
    public void Wiped()
    {
        _pending.Clear();
        _written.Clear();
        _places.Clear();
        _cut = ulong.MaxValue;
        view.Wipe();
    }

    /// <summary>
    /// The log has been opened again and holds <paramref name="found"/>.
    /// <paramref name="powerWasLost"/>: what was not synced is
    /// gone, or is durable now.
    /// </summary>
    public void Recovered(RecoveredLog found, bool powerWasLost)
    {
        ReadOnlySpan<LogPosition> entries = found.Entries;
        NoteTruncations();
        var cut = Math.Min(view.Durable.Last, _cut);
        var isInjured = view.Injured.Count > 0;
        if (isInjured && found.IsUnsure)
        {
            cut = Math.Min(cut, (ulong)entries.Length); // it says itself that more may have been there
        }

        for (var index = 1UL; index <= cut; index++)
        {
            var term = index <= (ulong)entries.Length ? entries[(int)index - 1].Term.Value : 0;
            if (term != view.Durable.TermAt(index))
            {
                throw new PropertyViolatedException(
                    Property,
                    $"n{view.Node + 1} recovered {(term == 0 ? "nothing" : $"term {term}")} at {index}, "
                    + "where term "
                    + $"{view.Durable.TermAt(index)} was durable (durable up to {view.Durable.Last}, "
                    + $"recovered {entries.Length})");
            }
        }

        var state = found.State;
        var isOlder = state.Term.Value < view.DurableTerm
            || (state.Term.Value == view.DurableTerm && !view.DurableVote.IsNone
                && state.Vote != view.DurableVote);
        if (isOlder && !(isInjured && found.LostState))
        {
            throw new PropertyViolatedException(
                Property,
                $"n{view.Node + 1} recovered term {state.Term} vote n{state.Vote}; durable were term "
                + $"{view.DurableTerm} "
                + $"vote n{view.DurableVote}");
        }

        if (powerWasLost)
        {
            TakeOver(entries, state);
        }

        _cut = ulong.MaxValue;
    }

    private void Note(string file, long offset, int length)
    {
        var (first, last) = (ulong.MaxValue, 0UL);
        foreach (var record in _read)
        {
            if (record.Kind == LogRecordKind.Entry)
            {
                (first, last) = (Math.Min(first, record.Index), Math.Max(last, record.Index));
            }
        }

        if (last > 0)
        {
            _written.Add(new BatchPlace(file, offset, length, first, last));
        }
    }

    private void NoteTruncations()
    {
        foreach (var (_, record) in _pending)
        {
            _cut = record.Kind == LogRecordKind.Truncation ? Math.Min(_cut, record.Index - 1) : _cut;
        }
    }

    private void TakeOver(ReadOnlySpan<LogPosition> entries, HardState state)
    {
        var image = view.Durable;
        image.TruncateTo(0);
        foreach (var entry in entries)
        {
            if (!matching.TryFind(entry.Index.Value, entry.Term.Value, out var known))
            {
                throw new PropertyViolatedException(
                    Property, $"n{view.Node + 1} recovered an entry {entry.Term}/{entry.Index} that was "
                        + "never in a log");
            }

            image.Append(known.Term, known.Checksum, known.Kind);
            matching.Holds(view.Node, "recovered log", entry.Index.Value, image.At(entry.Index.Value));
        }

        (view.DurableTerm, view.DurableVote) = (state.Term.Value, state.Vote);
        votes.Durable(view.Node, view.Life, state.Term.Value, state.Vote);
    }

    private void Apply(in LogRecord record)
    {
        switch (record.Kind)
        {
            case LogRecordKind.Entry:
                if (record.Index != view.Durable.Last + 1)
                {
                    throw new PropertyViolatedException(
                        Property,
                        $"n{view.Node + 1} writes entry {record.Index} after entry {view.Durable.Last} "
                        + "with no truncation");
                }

                view.Durable.Append(record.Term, record.Checksum, record.EntryKind);
                matching.Holds(view.Node, "disk", record.Index, view.Durable.At(record.Index));
                break;
            case LogRecordKind.Base:
                if (record.Index > 0)
                {
                    Installed(record.Index, record.Term);
                }

                break;
            case LogRecordKind.Compaction:
                // What was not durable yet is in the snapshot.
                committed.CheckBase(view.Node, record.Index, record.Term);
                if (!view.Durable.Holds(record.Index, record.Term))
                {
                    committed.Install(view.Durable, record.Index);
                }

                break;
            case LogRecordKind.Truncation:
                view.Durable.TruncateTo(record.Index - 1);
                break;
            default:
                Monotonicity.Saves(view.Node, view.DurableTerm, record.Term);
                (view.DurableTerm, view.DurableVote) = (record.Term, record.Vote);
                votes.Durable(view.Node, view.Life, record.Term, record.Vote);
                break;
        }
    }

    private ReadOnlySpan<byte> Joined(IReadOnlyList<ReadOnlyMemory<byte>> buffers)
    {
        if (buffers.Count == 1)
        {
            return buffers[0].Span;
        }

        var length = 0;
        for (var i = 0; i < buffers.Count; i++)
        {
            if (_scratch.Length < length + buffers[i].Length)
            {
                Array.Resize(ref _scratch, Math.Max(_scratch.Length * 2, length + buffers[i].Length));
            }

            buffers[i].Span.CopyTo(_scratch.AsSpan(length));
            length += buffers[i].Length;
        }

        return _scratch.AsSpan(0, length);
    }
}
