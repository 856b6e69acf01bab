using Ikada.Log;
using Ikada.Log.Snapshots;
using Ikada.Primitives;
using Ikada.Simulation.Disk;

namespace Ikada.PowerCut;

/// <summary>What the writer does with one group.</summary>
internal sealed class WriterGroup(
    GroupLog log, SnapshotShelf shelf, SnapshotWorker worker, RandomSource random)
{
    private const int RoundsPerSnapshot = 12;
    private const ulong InstallDistance = 100_000;
    private readonly Queue<LogPosition> _appended = new();
    private ulong _term = Math.Max(log.RecoveredHardState.Term.Value, log.Last.Term.Value);
    private LogIndex _commit = LogIndex.Max(log.Base.Index, log.RecoveredHardState.Commit);
    private SnapshotOperation? _underWay;
    private int _rounds;

    /// <summary>Queues a few things. Intents that take something back are said before.</summary>
    public void Write()
    {
        if (_term == 0 || random.OneIn(10))
        {
            BeginTerm();
        }

        if (random.OneIn(12) && log.Last.Index > _commit)
        {
            Truncate();
        }

        for (var left = 1 + random.NextBelow(random.OneIn(12) ? 1200 : 6); left > 0; left--)
        {
            var entry = Written.Entry(log.Group, log.Last.Index.Value + 1, _term);
            _appended.Enqueue(entry.Position);
            log.Append([entry], _term);
        }

        if (++_rounds % RoundsPerSnapshot == 0 && _underWay is null && _commit > log.Base.Index)
        {
            Begin(random.OneIn(4) ? Receive() : Save());
        }
    }

    /// <summary>Entries of that term and all below, up to there, are durable.</summary>
    public void Flushed(LogPosition last, ulong generation)
    {
        while (_appended.TryPeek(out var next) && next.Index <= last.Index && next.Term.Value <= generation)
        {
            _appended.Dequeue();
            Say("A", next);
        }
    }

    /// <summary>What is durable is committed, with some delay: never truncated any more.</summary>
    public void Commit()
    {
        var behind = (ulong)random.NextBelow(12);
        if (log.Durable.Index.Value > behind && log.Durable.Index.Value - behind > _commit.Value)
        {
            _commit = new LogIndex(log.Durable.Index.Value - behind);
            log.NoteCommit(_commit);
        }
    }

    /// <summary>Goes on with what the snapshot thread has done. The failure, if it failed.</summary>
    public string? TakeSnapshotWork()
    {
        while (_underWay is not null && worker.TryTake(log.Group, out var done))
        {
            if (done!.Error is { } error)
            {
                return error.Message;
            }

            if (done == _underWay)
            {
                _underWay = null;
                GoOn(done);
            }
        }

        return null;
    }

    private void BeginTerm()
    {
        _term++;
        log.SaveHardState(new Term(_term), new NodeId(1 + random.NextBelow(2UL)));
    }

    private void Truncate()
    {
        var first = new LogIndex(
            _commit.Value + 1 + random.NextBelow(log.Last.Index.Value - _commit.Value));
        Writer.Say($"T {log.Group.Value} {first.Value}");
        var kept = _appended.Where(position => position.Index < first).ToArray();
        _appended.Clear();
        Array.ForEach(kept, _appended.Enqueue);
        BeginTerm();
        log.Truncate(first);
    }

    private void Begin(SnapshotOperation last) => worker.Submit(log.Group, _underWay = last);

    private SaveSnapshot Save()
    {
        log.TryGetTerm(_commit, out var term);
        var position = new LogPosition(_commit, term);
        return new SaveSnapshot(
            log.Group, position, Written.Members,
            writer => System.Buffers.BuffersExtensions.Write(
                writer, Written.Snapshot(log.Group, position)));
    }

    /// <summary>As if a leader far ahead sent it: in pieces.</summary>
    private FinishSnapshot Receive()
    {
        BeginTerm();
        var position = new LogPosition(
            new LogIndex(log.Last.Index.Value + InstallDistance), new Term(_term));
        var (descriptor, file) = Make(position);
        for (var at = 0; at < file.Length; at += 100_000)
        {
            var piece = file.AsMemory(at, Math.Min(100_000, file.Length - at));
            worker.Submit(log.Group, new WriteSnapshotPiece(descriptor, at, piece));
        }

        return new FinishSnapshot(descriptor);
    }

    private (SnapshotDescriptor Descriptor, byte[] File) Make(LogPosition position)
    {
        var sender = new SimulatedDisk();
        var save = new SaveSnapshot(
            log.Group, position, Written.Members,
            writer => System.Buffers.BuffersExtensions.Write(
                writer, Written.Snapshot(log.Group, position)));
        save.Execute(sender);
        var file = new byte[save.Result!.FileBytes];
        sender.Read(sender.List()[0], 0, file);
        return (save.Result, file);
    }

    private void GoOn(SnapshotOperation done)
    {
        switch (done)
        {
            case SaveSnapshot { Result: { } saved }:
                Say("S", saved.Position);
                shelf.Added(saved);
                Begin(new VerifySnapshot(saved));
                break;
            case VerifySnapshot verified:
                shelf.Verified(verified.Descriptor, verified.IsGood);
                log.Compact(verified.Descriptor.Position, verified.Descriptor.Membership);
                Delete();
                break;
            case FinishSnapshot { IsGood: true } received:
                Install(received.Descriptor);
                Delete();
                break;
            case DeleteSnapshot deleted:
                shelf.Deleted(deleted.Descriptor);
                Delete();
                break;
            default:
                throw new InvalidOperationException($"{done.GetType().Name} went wrong without an error");
        }
    }

    private void Install(SnapshotDescriptor received)
    {
        Say("S", received.Position);
        shelf.Added(received);
        shelf.Verified(received, good: true);
        _appended.Clear();
        log.Reset(received.Position, received.Membership);
        _commit = received.Position.Index;
    }

    /// <summary>Only what the log does not need any more: its base is durable.</summary>
    private void Delete()
    {
        if (shelf.NextToDelete() is { } next)
        {
            Begin(new DeleteSnapshot(next));
        }
    }

    private void Say(string what, LogPosition position) => Writer.Say(
        $"{what} {log.Group.Value} {position.Index.Value} {position.Term.Value}");
}
