namespace Ikada.Simulation.Checkers;

/// <summary>
/// Keeps a node's durable log and vote by watching its disk: what was written counts once a sync of its
/// file has
/// returned. After a crash it compares what the log recovered: nothing that counted may be gone (I26).
/// </summary>
internal sealed class DurableImage(
    NodeView view, LogMatching matching, OneVotePerTerm votes, BaseRule bases)
{
    public const string Property = "I26 recovery keeps what was durable";
    private readonly List<(string File, LogRecord Record)> _pending = [];
    private readonly List<LogRecord> _read = [];
    private readonly List<BatchPlace> _written = [];
    private readonly List<BatchPlace> _places = [];
    private ulong _cut = ulong.MaxValue;
    private ulong _reset = ulong.MaxValue;
    private byte[] _scratch = new byte[4096];

    /// <summary>Whether the log is being opened: what it writes then is what it found, once more.</summary>
    public bool IsRecovering { get; set; }

    /// <summary>How many entries were written again.</summary>
    public long Rewritten { get; private set; }

    /// <summary>The batches with entries that were synced, oldest first, as long as their files are
    /// there.</summary>
    public IReadOnlyList<BatchPlace> Places => _places;

    /// <summary>The bytes of the batches that hold entries behind the base.</summary>
    public long LiveBytes
    {
        get
        {
            var bytes = 0L;
            foreach (var place in _places)
            {
                bytes += place.Last > view.DurableBase ? place.Length : 0;
            }

            foreach (var place in _written)
            {
                bytes += place.Length;
            }

            return bytes;
        }
    }

    /// <summary>The bytes that the log kept alive before its base last moved.</summary>
    public long LiveBytesBefore { get; private set; }

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

        KeepPlaces(file);
        var any = kept < _pending.Count;
        _pending.RemoveRange(kept, _pending.Count - kept);
        return any;
    }

    // No lambdas: this is done at every sync.
    private void KeepPlaces(string file)
    {
        var waiting = 0;
        for (var i = 0; i < _written.Count; i++)
        {
            if (_written[i].File == file)
            {
                _places.Add(_written[i]);
            }
            else
            {
                _written[waiting++] = _written[i];
            }
        }

        _written.RemoveRange(waiting, _written.Count - waiting);
    }

    /// <summary>The power went: what was written and not synced may be there or not, in any part.</summary>
    public void PowerLost()
    {
        NoteTruncations();
        _pending.Clear();
        _written.Clear();
    }

    /// <summary>The disk is lost, and with it all that was to come of it.</summary>
    public void Wiped()
    {
        _pending.Clear();
        _written.Clear();
        _places.Clear();
        (_cut, _reset) = (ulong.MaxValue, ulong.MaxValue);
        view.Wipe();
    }

    /// <summary>
    /// The log has been opened again and holds <paramref name="found"/>.
    /// <paramref name="powerWasLost"/>: what was not synced is
    /// gone, or is durable now.
    /// </summary>
    public void Recovered(RecoveredLog found, bool powerWasLost)
    {
        NoteTruncations();
        CompareEntries(found);
        CompareState(found);
        if (powerWasLost)
        {
            TakeOver(found);
        }

        (_cut, _reset) = (ulong.MaxValue, ulong.MaxValue);
    }

    private void CompareEntries(RecoveredLog found)
    {
        var (index, term) = (found.Base.Index.Value, found.Base.Term.Value);
        bases.Holds(view.Node, "recovered base", index, term, found.BaseMembership);
        var isInjured = view.Injured.Count > 0;
        if (found.Base.Index.Value < view.DurableBase && !isInjured)
        {
            throw new PropertyViolatedException(
                Property,
                $"n{view.Node + 1} recovered the base {found.Base}; one of {view.DurableBase} was durable");
        }

        var cut = Math.Min(view.Durable.Last, _cut);
        if (found.Base.Index.Value >= _reset)
        {
            cut = Math.Min(cut, found.Base.Index.Value); // a snapshot took the place of all there was
        }

        if (isInjured && found.IsUnsure)
        {
            // It says itself that more may have been there, and others in the place of what it found behind.
            cut = Math.Min(cut, found.Last);
            foreach (var (place, _) in view.Injured)
            {
                cut = Math.Min(cut, place.First - 1);
            }
        }

        while (++index <= cut)
        {
            term = found.TermAt(index);
            if (term != view.Durable.TermAt(index))
            {
                throw new PropertyViolatedException(
                    Property,
                    $"n{view.Node + 1} recovered {(term == 0 ? "nothing" : $"term {term}")} at {index}, "
                    + "where term "
                    + $"{view.Durable.TermAt(index)} was durable (durable up to {view.Durable.Last}, "
                    + $"recovered {found.Base.Index} to {found.Last})");
            }
        }
    }

    private void CompareState(RecoveredLog found)
    {
        var state = found.State;
        var isOlder = state.Term.Value < view.DurableTerm
            || (state.Term.Value == view.DurableTerm && !view.DurableVote.IsNone
                && state.Vote != view.DurableVote);
        if (isOlder && !(view.Injured.Count > 0 && found.LostState))
        {
            throw new PropertyViolatedException(
                Property,
                $"n{view.Node + 1} recovered term {state.Term} vote n{state.Vote}; durable were term "
                + $"{view.DurableTerm} "
                + $"vote n{view.DurableVote}");
        }
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
            _reset = record.Kind == LogRecordKind.Base ? Math.Min(_reset, record.Index) : _reset;
        }
    }

    private void TakeOver(RecoveredLog found)
    {
        var image = view.Durable;
        image.Become(bases.Committed, found.Base.Index.Value);
        view.DurableBase = found.Base.Index.Value;
        foreach (var entry in found.Entries)
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

        (view.DurableTerm, view.DurableVote) = (found.State.Term.Value, found.State.Vote);
        votes.Durable(view.Node, view.Life, found.State.Term.Value, found.State.Vote);
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
            case LogRecordKind.Truncation:
                view.Durable.TruncateTo(record.Index - 1);
                break;
            case LogRecordKind.RewrittenForward:
                Rewrites(record);
                break;
            case LogRecordKind.Base or LogRecordKind.Compaction:
                Moves(record);
                break;
            default:
                Monotonicity.Saves(view.Node, view.DurableTerm, record.Term);
                (view.DurableTerm, view.DurableVote) = (record.Term, record.Vote);
                votes.Durable(view.Node, view.Life, record.Term, record.Vote);
                break;
        }
    }

    private void Rewrites(in LogRecord record)
    {
        Rewritten++;
        if (!view.Durable.Holds(record.Index, record.Term)
            || view.Durable.At(record.Index).Checksum != record.Checksum)
        {
            throw new PropertyViolatedException(
                Property,
                $"n{view.Node + 1} rewrites entry {record.Term}/{record.Index}, which its log does not hold "
                + $"(durable up to {view.Durable.Last})");
        }
    }

    private void Moves(in LogRecord record)
    {
        bases.Holds(view.Node, "base", record.Index, record.Term, record.Membership);
        var keepsTail = record.Kind == LogRecordKind.Compaction;
        if (keepsTail && !view.Durable.Holds(record.Index, record.Term))
        {
            throw new PropertyViolatedException(
                Property,
                $"n{view.Node + 1} compacts its log to {record.Term}/{record.Index}, which it does not hold "
                + $"(durable up to {view.Durable.Last})");
        }

        LiveBytesBefore = LiveBytes;
        view.DurableBase = Math.Max(view.DurableBase, record.Index);
        if (!keepsTail)
        {
            view.Durable.Become(bases.Committed, record.Index);
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
