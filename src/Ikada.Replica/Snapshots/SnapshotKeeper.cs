using Ikada.Log.Snapshots;
using Ikada.Primitives;

namespace Ikada.Replica.Snapshots;

/// <summary>
/// Takes snapshots and compacts the log behind them. One at a time: the state is captured on the apply thread
/// (writes go on), saved and read back on the snapshot thread; then older ones are deleted, and the log
/// forgets what is covered.
/// Invariant: the log is never compacted beyond a durable snapshot that was read back and found good, nor
/// beyond what a machine that is durable by itself holds durably.
/// </summary>
internal sealed class SnapshotKeeper(ReplicaParts parts, SnapshotShelf shelf, LogIndex? durableApplied)
{
    private readonly List<SnapshotWish> _wishes = [];
    private readonly List<SnapshotWish> _served = [];
    private Phase _phase;
    private SnapshotOperation? _underWay;
    private CaptureRequest? _captured;
    private DeleteSnapshot? _deleting;
    private LogIndex _wanted;
    private LogIndex _end;
    private Instant _started;
    private Instant _retryAt = Instant.Never;
    private bool _mayCompact;
    private bool _isHeldByMachine;

    private enum Phase : byte
    {
        Idle,
        Capturing,
        Saving,
        Verifying,
    }

    /// <summary>When <see cref="Look"/> has something to do that nothing else brings about.</summary>
    public Instant Deadline => _retryAt;

    /// <summary>What the log keeps for slow followers.</summary>
    public RetainedLog Retained { get; } = new(parts.Options);

    /// <summary>What the machine holds durably by itself; null: it is in memory.</summary>
    public LogIndex? DurableApplied { get; private set; } = durableApplied;

    private bool HasFailed => _retryAt != Instant.Never;

    /// <summary>Somebody wants one of what is applied now.</summary>
    public void Wish(SnapshotWish wish) => _wishes.Add(wish);

    /// <summary>A peer needs one that ends at <paramref name="first"/> or later.</summary>
    public void Want(LogIndex first) => _wanted = LogIndex.Max(_wanted, first);

    /// <summary>The machine holds so much durably.</summary>
    public void DurablyApplied(LogIndex? index)
    {
        _mayCompact |= _isHeldByMachine && index > DurableApplied;
        DurableApplied = index;
    }

    /// <summary>What held the log may be gone.</summary>
    public void MayCompact() => _mayCompact = true;

    /// <summary>After each batch: starts what is due.</summary>
    public void Look(Instant now)
    {
        if (now >= _retryAt)
        {
            _retryAt = Instant.Never;
        }

        if (_phase == Phase.Idle && !parts.Apply.IsPaused)
        {
            AnswerWishes();
            if (IsDue())
            {
                Begin(now);
            }
        }

        if (_mayCompact && !parts.Apply.IsPaused)
        {
            Compact();
        }

        DeleteNext();
    }

    /// <summary>The state was captured.</summary>
    public void Captured(Instant now, CaptureRequest request)
    {
        var index = request.Snapshot.AppliedIndex;
        if (parts.Apply.IsPaused || index < parts.Core.Base.Index || index == LogIndex.Zero)
        {
            // A snapshot of others took the place of what was captured.
            (request.Snapshot as IDisposable)?.Dispose();
            Fail(now, default, null);
            return;
        }

        (_phase, _captured) = (Phase.Saving, request);
        Do(new SaveSnapshot(
            shelf.Group, new LogPosition(index, parts.Core.TermAt(index)), parts.Core.MembershipAt(index),
            request.WriteTo, parts.Options.SnapshotBlockBytes));
    }

    /// <summary>Takes back an operation that is the keeper's own.</summary>
    public bool TryTake(Instant now, SnapshotOperation operation)
    {
        if (ReferenceEquals(operation, _deleting))
        {
            Deleted(_deleting);
            return true;
        }

        if (!ReferenceEquals(operation, _underWay))
        {
            return operation is VerifySnapshot other && Looked(other);
        }

        _underWay = null;
        if (operation is SaveSnapshot save)
        {
            Saved(now, save);
        }
        else
        {
            Verified(now, (VerifySnapshot)operation);
        }

        return true;
    }

    /// <summary>A receiver found one damaged that came from here: is it damaged here?</summary>
    public void LookAfter(SnapshotDescriptor snapshot) => parts.Ports.Submit(new VerifySnapshot(snapshot));

    /// <summary>One is known to be damaged here: it is used no more, and if there is none left, a new one is
    /// taken.</summary>
    public void Damaged(SnapshotDescriptor snapshot, string what)
    {
        shelf.Verified(snapshot, good: false);
        parts.Ports.Observe(new SnapshotFact(SnapshotFactKind.Failed, snapshot.Position)
        {
            Bytes = snapshot.FileBytes, Reason = what,
        });
        Want(parts.Core.Base.Index.Next);
    }

    private bool IsDue()
    {
        var newest = shelf.Newest;
        var last = newest?.Position.Index ?? LogIndex.Zero;
        var applied = parts.Apply.Applied;
        if (applied <= last || !IsMembershipKnown(applied))
        {
            return false;
        }

        if (_wishes.Count > 0)
        {
            return true;
        }

        return !HasFailed && ((_wanted > last && applied >= _wanted)
            || SnapshotPolicy.IsDue(
                parts.Options, applied - last, parts.Core.LogBytesBetween(last, applied),
                newest?.FileBytes ?? 0, isDurable: DurableApplied is not null));
    }

    // What is applied is in a snapshot already, or nothing is.
    private void AnswerWishes()
    {
        var newest = shelf.Newest?.Position ?? default;
        if (_wishes.Count > 0 && parts.Apply.Applied <= newest.Index)
        {
            Complete(_wishes, newest, newest.Index == LogIndex.Zero ? "nothing has been applied yet" : null);
        }
    }

    private void Begin(Instant now)
    {
        (_phase, _started, _end) = (Phase.Capturing, now, parts.Core.Last.Index);
        _retryAt = Instant.Never;
        _served.AddRange(_wishes);
        _wishes.Clear();
        parts.Ports.Apply(new CaptureRequest());
    }

    private void Saved(Instant now, SaveSnapshot save)
    {
        // Done already, unless the file could not even be begun.
        (_captured!.Snapshot as IDisposable)?.Dispose();
        _captured = null;
        if (save.Error is { } error)
        {
            if (!error.IsNoSpace)
            {
                parts.Ports.Stop($"a snapshot could not be written: {error.Message}");
                return;
            }

            Fail(now, default, $"{error.Message}; it is tried again in "
                + $"{parts.Options.SnapshotRetryDelay.TotalSeconds} s. Make room on the disk");
        }
        else if (save.Result is { } wrong && parts.Divergence.IsQuarantined)
        {
            parts.Ports.Submit(new DeleteSnapshot(wrong));
            Fail(now, default, null);
        }
        else if (save.Result is { } saved)
        {
            shelf.Added(saved);
            _phase = Phase.Verifying;
            Do(new VerifySnapshot(saved));
        }
        else
        {
            Fail(now, default, null);
        }
    }

    private void Verified(Instant now, VerifySnapshot verify)
    {
        var snapshot = verify.Descriptor;
        if (verify.Error is { } error)
        {
            parts.Ports.Stop($"a snapshot could not be read back: {error.Message}");
            return;
        }

        if (verify.WasCancelled)
        {
            return;
        }

        if (parts.Divergence.IsQuarantined)
        {
            // It is condemned, and deleted already.
            Fail(now, default, null);
            return;
        }

        shelf.Verified(snapshot, verify.IsGood);
        if (!verify.IsGood)
        {
            Fail(now, snapshot.Position, $"what was written does not read back: {verify.Damage!.What}");
            return;
        }

        _phase = Phase.Idle;
        Retained.Grew(parts.Core.LogBytesBetween(_end, parts.Core.Last.Index));
        parts.Ports.Observe(new SnapshotFact(SnapshotFactKind.Taken, snapshot.Position)
        {
            Bytes = snapshot.FileBytes, Took = now - _started,
        });
        Complete(_served, snapshot.Position, null);
        _mayCompact = true;
    }

    // A check that a failed transfer asked for.
    private bool Looked(VerifySnapshot verify)
    {
        if (verify.Error is { } error)
        {
            parts.Ports.Stop($"a snapshot could not be read back: {error.Message}");
        }
        else if (!verify.WasCancelled && !verify.IsGood
            && (verify.Descriptor == shelf.Newest || verify.Descriptor == shelf.Older))
        {
            Damaged(verify.Descriptor, $"{verify.Damage!.File}: {verify.Damage.What}");
        }

        return true;
    }

    private void Fail(Instant now, LogPosition position, string? reason)
    {
        _phase = Phase.Idle;
        _retryAt = now + parts.Options.SnapshotRetryDelay;
        Complete(_served, default, reason ?? "a snapshot of the leader took its place");
        if (reason is not null)
        {
            parts.Ports.Observe(new SnapshotFact(SnapshotFactKind.Failed, position) { Reason = reason });
        }
    }

    private void Compact()
    {
        var core = parts.Core;
        var newest = shelf.Newest;
        var covered = newest is not null && shelf.IsVerified(newest) ? newest : shelf.Older;
        if (covered is null || !shelf.IsVerified(covered))
        {
            _mayCompact = false;
            return;
        }

        var wanted = LogIndex.Min(covered.Position.Index, Retained.Base(core, parts.Apply.Applied));
        _isHeldByMachine = DurableApplied < wanted;
        wanted = _isHeldByMachine ? DurableApplied!.Value : wanted;
        var limit = LogIndex.Min(wanted, core.CompactionLimit);
        // What consensus holds now it lets go when a transfer has ended, or a promise.
        _mayCompact = limit < wanted;
        var before = core.Base.Index;
        // Where a term is lost, the next snapshot finds a better place.
        if (limit <= before || !core.Holds(new LogPosition(limit, core.TermAt(limit)))
            || !IsMembershipKnown(limit))
        {
            return;
        }

        var position = new LogPosition(limit, core.TermAt(limit));
        var membership = core.MembershipAt(limit);
        parts.Ports.Observe(new SnapshotFact(SnapshotFactKind.LogCompacted, position)
        {
            Bytes = core.LogBytesBetween(before, limit),
        });
        parts.Log.Compact(position, membership);
        parts.Next.Compacted(position, membership);
    }

    // Among entries that cannot be read there may be one that changed it.
    private bool IsMembershipKnown(LogIndex index) =>
        parts.Core.FirstDamagedAfter(parts.Core.Base.Index) > index;

    private void DeleteNext()
    {
        if (_deleting is null && shelf.NextToDelete() is { } old)
        {
            _deleting = new DeleteSnapshot(old);
            parts.Ports.Submit(_deleting);
        }
    }

    private void Deleted(DeleteSnapshot delete)
    {
        _deleting = null;
        if (delete.Error is { } error)
        {
            parts.Ports.Stop($"an old snapshot could not be deleted: {error.Message}");
            return;
        }

        shelf.Deleted(delete.Descriptor);
        DeleteNext();
    }

    private void Do(SnapshotOperation operation)
    {
        _underWay = operation;
        parts.Ports.Submit(operation);
    }

    private static void Complete(List<SnapshotWish> wishes, LogPosition position, string? problem)
    {
        SnapshotWish[] ended = [.. wishes];
        wishes.Clear();
        foreach (var wish in ended)
        {
            wish.Complete(position, problem);
        }
    }
}
