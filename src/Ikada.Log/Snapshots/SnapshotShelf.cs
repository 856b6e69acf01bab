using Ikada.Primitives;

namespace Ikada.Log.Snapshots;

/// <summary>
/// The snapshots of one group that are there: which is the newest, which must stay and which may go. Filled
/// by <see cref="Open"/> before threads start; afterwards the view of the thread that owns the replica,
/// told of what the snapshot thread has done. Invariant: as long as the newest has not been read back and
/// found good, the one to fall back to stays.
/// </summary>
public sealed class SnapshotShelf
{
    // By position, the newest last. Few: what may go goes soon.
    private readonly List<Entry> _entries = [];

    private SnapshotShelf(GroupId group) => Group = group;

    /// <summary>Whose.</summary>
    public GroupId Group { get; }

    /// <summary>What opening came upon.</summary>
    public SnapshotReport Report { get; } = new();

    /// <summary>The newest that is not known to be damaged; null: none.</summary>
    public SnapshotDescriptor? Newest => Good(_entries.Count)?.Descriptor;

    /// <summary>What stands behind <see cref="Newest"/>: while that is unverified, the newest verified one,
    /// or else the next older; afterwards the next older that has not been deleted yet. Null: none. The log
    /// must be kept from here on (from 0 if null) until the newest is verified.</summary>
    public SnapshotDescriptor? Older => Fallback()?.Descriptor;

    /// <summary>Whether the group's state was quarantined when it was last open: neither what a machine holds
    /// by itself nor a snapshot of then may be used. The snapshots are gone.</summary>
    public bool IsCondemned { get; private set; }

    /// <summary>Makes an empty one, for a group without a directory.</summary>
    public static SnapshotShelf Empty(GroupId group) => new(group);

    /// <summary>Looks at what is there: deletes unfinished files, reads the ends of all snapshots and the
    /// newest whole. One that is damaged is renamed, so that it is never taken again, and told in
    /// <see cref="Report"/>; then the next older one counts. To be called before any thread uses the
    /// disk.</summary>
    /// <exception cref="DiskException">The disk failed.</exception>
    /// <exception cref="FormatVersionException">A snapshot is in a format of a newer version.</exception>
    public static SnapshotShelf Open(IDisk disk, GroupId group)
    {
        var shelf = new SnapshotShelf(group)
        {
            IsCondemned = SnapshotNames.Exists(disk, SnapshotNames.QuarantineOf(group)),
        };
        foreach (var name in disk.List())
        {
            if (!SnapshotNames.TryParse(name, out var of, out var position, out var isPart) || of != group)
            {
                continue;
            }

            if (shelf.IsCondemned)
            {
                disk.Delete(name);
            }
            else if (isPart)
            {
                disk.Delete(name);
                shelf.Report.PartsDeleted++;
            }
            else if (shelf.ReadEnds(disk, name, position) is { } found)
            {
                shelf.Insert(new Entry(found));
            }
        }

        while (shelf._entries is [.., var newest] && !shelf.IsWhole(disk, newest))
        {
            shelf._entries.RemoveAt(shelf._entries.Count - 1);
        }

        if (shelf.IsCondemned || shelf._entries.Count > 0
            || shelf.Report.Damage.Count + shelf.Report.PartsDeleted > 0)
        {
            // The process before may have died between a rename and this: nothing may build upon a name
            // that a power cut could still take away.
            disk.SyncDirectory();
        }

        return shelf;
    }

    /// <summary>Whether it is here, has been read back whole and was good.</summary>
    public bool IsVerified(SnapshotDescriptor descriptor) => Find(descriptor) is { IsVerified: true };

    /// <summary>It is being sent: it must not be deleted until <see cref="Unpin"/>. Counted.</summary>
    /// <exception cref="ArgumentException">It is not here.</exception>
    public void Pin(SnapshotDescriptor descriptor) => FindOrThrow(descriptor).Pins++;

    /// <summary>Takes one <see cref="Pin"/> back.</summary>
    /// <exception cref="ArgumentException">It is not here, or not pinned.</exception>
    public void Unpin(SnapshotDescriptor descriptor)
    {
        var entry = FindOrThrow(descriptor);
        if (entry.Pins == 0)
        {
            throw new ArgumentException($"the snapshot at {descriptor.Position} is not pinned");
        }

        entry.Pins--;
    }

    /// <summary>One was saved or received and is durable. It takes the place of one at the same
    /// position.</summary>
    /// <exception cref="ArgumentException">It is another group's.</exception>
    public void Added(SnapshotDescriptor descriptor)
    {
        if (descriptor.Group != Group)
        {
            throw new ArgumentException(
                $"a snapshot of group {descriptor.Group.Value} on the shelf of group {Group.Value}");
        }

        Insert(new Entry(descriptor));
    }

    /// <summary>One was read back: it is good, or is not used again by this process and goes once a newer one
    /// is verified. Of one that is gone by now nothing is kept.</summary>
    public void Verified(SnapshotDescriptor descriptor, bool good)
    {
        if (Find(descriptor) is { } entry)
        {
            entry.IsVerified = good;
            entry.IsBad = !good;
        }
    }

    /// <summary>The oldest one that may be deleted, or null. The same until <see cref="Deleted"/> is
    /// called.</summary>
    public SnapshotDescriptor? NextToDelete()
    {
        var newest = Good(_entries.Count);
        var kept = newest is { IsVerified: false } ? Fallback() : null;
        foreach (var entry in _entries)
        {
            // What could not be read may be readable at the next start, and until a newer one stands nothing
            // else may reach back to where the log begins.
            if (entry != newest && entry != kept && entry.Pins == 0
                && (!entry.IsBad || newest is { IsVerified: true } && IsNewer(newest, entry)))
            {
                return entry.Descriptor;
            }
        }

        return null;
    }

    private bool IsNewer(Entry one, Entry other) => _entries.IndexOf(one) > _entries.IndexOf(other);

    /// <summary>None of them may be used again, since the state that they hold is wrong: they leave the
    /// shelf, to be deleted by the caller. None may be pinned.</summary>
    public IReadOnlyList<SnapshotDescriptor> Condemn()
    {
        var gone = new List<SnapshotDescriptor>(_entries.Count);
        foreach (var entry in _entries)
        {
            Invariant.Check(entry.Pins == 0, $"the snapshot at {entry.Descriptor.Position} is still sent");
            gone.Add(entry.Descriptor);
        }

        _entries.Clear();
        return gone;
    }

    /// <summary>One was deleted.</summary>
    public void Deleted(SnapshotDescriptor descriptor)
    {
        if (Find(descriptor) is { } entry)
        {
            _entries.Remove(entry);
        }
    }

    /// <summary>The newest good one among the first <paramref name="count"/>.</summary>
    private Entry? Good(int count)
    {
        for (var i = count - 1; i >= 0; i--)
        {
            if (!_entries[i].IsBad)
            {
                return _entries[i];
            }
        }

        return null;
    }

    private Entry? Fallback()
    {
        if (Good(_entries.Count) is not { } newest)
        {
            return null;
        }

        var below = _entries.IndexOf(newest);
        var next = Good(below);
        if (newest.IsVerified)
        {
            return next;
        }

        for (var i = below - 1; i >= 0; i--)
        {
            if (_entries[i].IsVerified)
            {
                return _entries[i];
            }
        }

        return next;
    }

    private void Insert(Entry entry)
    {
        var position = entry.Descriptor.Position;
        for (var i = _entries.Count; i > 0; i--)
        {
            var other = _entries[i - 1].Descriptor.Position;
            if (other == position)
            {
                _entries[i - 1] = entry;
                return;
            }

            if (other.Index < position.Index || (other.Index == position.Index && other.Term < position.Term))
            {
                _entries.Insert(i, entry);
                return;
            }
        }

        _entries.Insert(0, entry);
    }

    private Entry? Find(SnapshotDescriptor descriptor)
    {
        foreach (var entry in _entries)
        {
            if (entry.Descriptor == descriptor)
            {
                return entry;
            }
        }

        return null;
    }

    private Entry FindOrThrow(SnapshotDescriptor descriptor) => Find(descriptor)
        ?? throw new ArgumentException(
            $"no snapshot of group {descriptor.Group.Value} at {descriptor.Position} is here");

    private SnapshotDescriptor? ReadEnds(IDisk disk, string name, LogPosition position)
    {
        SnapshotFault fault;
        try
        {
            if (SnapshotFile.Open(disk, name, out fault) is { } file)
            {
                var says = file.Descriptor;
                if (says.Group == Group && says.Position == position)
                {
                    return says;
                }

                fault = new SnapshotFault(
                    0, says.FileBytes,
                    $"it is a snapshot of group {says.Group.Value} at {says.Position}, and its name says "
                        + "otherwise");
            }
        }
        catch (DiskException failure) when (failure.Operation == "pread")
        {
            fault = new SnapshotFault(0, 0, failure.Message);
        }

        if (fault.UnknownVersion > 0)
        {
            throw SnapshotHeader.VersionError(name, fault.UnknownVersion);
        }

        SetAside(disk, name, fault.At(name)!);
        return null;
    }

    private bool IsWhole(IDisk disk, Entry entry)
    {
        var name = SnapshotNames.Of(entry.Descriptor);
        var (damage, _) = SnapshotCheck.Run(disk, name, entry.Descriptor, null, static () => false);
        if (damage is not null)
        {
            SetAside(disk, name, damage);
            return false;
        }

        entry.IsVerified = true;
        return true;
    }

    private void SetAside(IDisk disk, string name, FoundDamage damage)
    {
        Report.DamageFound.Add(damage);
        disk.Rename(name, SnapshotNames.Damaged(name));
    }

    private sealed class Entry(SnapshotDescriptor descriptor)
    {
        public SnapshotDescriptor Descriptor => descriptor;

        public bool IsVerified { get; set; }

        public bool IsBad { get; set; }

        public int Pins { get; set; }
    }
}
