namespace Ikada.KeyValue;

/// <summary>
/// Executes the steps of a migration. Copied keys have one version each and no place in the order of the
/// changes, as if the source had been compacted at the copied revision, which the store therefore counts as
/// its compacted one. From that revision on everything is as it is at the source: every version, every
/// revision, the order within it.
/// <para>A step is checked as a whole before it changes anything.</para>
/// </summary>
/// <param name="writer">Takes the effects.</param>
internal sealed class MigrationApplier(ChangeWriter writer)
{
    private KeyValueMigration _now = KeyValueMigration.Load(writer.Batch);

    public KeyValueResult Apply(ref ByteReader reader)
    {
        if (!reader.TryReadByte(out var kind))
        {
            return writer.Refuse(KeyValueError.Malformed);
        }

        if ((MigrationStep)kind == MigrationStep.Clear)
        {
            return reader.TryReadVarint(out var most) && reader.AtEnd && most > 0
                ? MigrationClearing.Clear(writer, _now, most) : writer.Refuse(KeyValueError.Malformed);
        }

        if (!reader.TryReadNumber(out var id))
        {
            return writer.Refuse(KeyValueError.Malformed);
        }

        var error = (MigrationStep)kind switch
        {
            MigrationStep.Begin => Begin(ref reader, id),
            MigrationStep.Claim => Claim(ref reader, id),
            _ => reader.TryReadVarint(out var number)
                ? Numbered((MigrationStep)kind, id, number, ref reader) : KeyValueError.Malformed,
        };
        if (error != KeyValueError.None)
        {
            return writer.Refuse(error);
        }

        var record = _now.Encode();
        writer.Batch.Put(KeyLayout.MigrationKey, record);
        writer.Note(record);
        return new KeyValueResult { Revision = writer.State.Revision };
    }

    private KeyValueError Begin(ref ByteReader reader, ulong id)
    {
        if (id == 0 || !reader.TryReadNumber(out var cluster)
            || !reader.TryReadSigned(out var revision) || revision < 1 || !reader.AtEnd)
        {
            return KeyValueError.Malformed;
        }

        if (_now.Id == id && _now.Phase == MigrationPhase.Copying)
        {
            return KeyValueError.None;
        }

        if (_now.Phase != MigrationPhase.None || !IsEmpty())
        {
            return _now.IsUnderWay ? KeyValueError.Migrating : KeyValueError.NotEmpty;
        }

        // What the copied revision itself has done comes as the first of the changes.
        writer.Restart(Math.Max(revision - 1, 1), revision > 2 ? revision - 1 : 0);
        _now = new KeyValueMigration(MigrationPhase.Copying, id, cluster, revision, 0);
        return KeyValueError.None;
    }

    private bool IsEmpty() => writer.State is { Revision: 1, Compacted: 0 }
        && !writer.Batch.OpenCursor().Seek([KeyLayout.CurrentSpace]);

    private KeyValueError Claim(ref ByteReader reader, ulong id)
    {
        if (!reader.TryReadNumber(out var newId) || newId == 0 || !reader.AtEnd)
        {
            return KeyValueError.Malformed;
        }

        if (_now.Phase != MigrationPhase.Following || (_now.Id != id && _now.Id != newId))
        {
            return KeyValueError.NotThisMigration;
        }

        _now = _now with { Id = newId };
        return KeyValueError.None;
    }

    private KeyValueError Numbered(MigrationStep step, ulong id, ulong number, ref ByteReader reader)
    {
        if (_now.Id != id || _now.Phase is MigrationPhase.None or MigrationPhase.Clearing
            || number > _now.NextStep)
        {
            return KeyValueError.NotThisMigration;
        }

        if (number < _now.NextStep)
        {
            return KeyValueError.None;
        }

        var error = _now.Phase == MigrationPhase.Done ? KeyValueError.NotThisMigration : step switch
        {
            MigrationStep.Keys => Keys(reader.ReadRest()),
            MigrationStep.Leases => Leases(reader.ReadRest()),
            MigrationStep.Changes => Changes(ref reader),
            MigrationStep.Open => reader.TryReadSigned(out var revision) && reader.AtEnd
                ? Open(revision) : KeyValueError.Malformed,
            _ => KeyValueError.Unsupported,
        };
        if (error == KeyValueError.None)
        {
            _now = _now with { NextStep = number + 1 };
        }

        return error;
    }

    private KeyValueError Keys(ReadOnlySpan<byte> body)
    {
        if (_now.Phase != MigrationPhase.Copying || !MigrationCommand.TryReadKeys(body, out var items))
        {
            return KeyValueError.Malformed;
        }

        for (var i = 0; i < items.Count; i++)
        {
            var isNew = items[i].ModRevision < _now.CopiedRevision
                && !writer.Batch.TryGet(KeyLayout.Current(items[i].Key.Span), out _);
            var error = isNew ? LeaseTable.Check(items[i].Lease, writer.Batch) : KeyValueError.Malformed;
            if (error != KeyValueError.None)
            {
                return error;
            }
        }

        for (var i = 0; i < items.Count; i++)
        {
            writer.AddCopied(items[i]);
        }

        return KeyValueError.None;
    }

    /// <summary>A lease that the source has no more goes once its keys have gone: their deletions are on
    /// their way.</summary>
    private KeyValueError Leases(ReadOnlySpan<byte> body)
    {
        if (!MigrationCommand.TryReadLeases(body, out var leases))
        {
            return KeyValueError.Malformed;
        }

        for (var i = 0; i < leases.Count; i++)
        {
            var lease = leases[i];
            if (lease.TimeToLive > 0)
            {
                var left = Math.Clamp(lease.Remaining, 1, lease.TimeToLive);
                LeaseTable.Write(
                    writer, new KeyValueLease(lease.Id, lease.TimeToLive, left, writer.State.Applied));
            }
            else if (LeaseTable.TryGet(writer.Batch, lease.Id, out var ended)
                && LeaseTable.Keys(writer.Batch, lease.Id).Count == 0)
            {
                LeaseTable.Remove(writer, ended);
            }
        }

        return KeyValueError.None;
    }

    private KeyValueError Changes(ref ByteReader reader)
    {
        if (!reader.TryReadByte(out var goesOn) || goesOn > 1)
        {
            return KeyValueError.Malformed;
        }

        var body = reader.ReadRest();
        var pieces = MigrationPieces.Load(writer.Batch);
        if (!MigrationCommand.TryReadChanges(body, out var changes)
            || !pieces.TryAppend(changes, goesOn == 1)
            || (changes.Count > 0 && changes[0].Revision <= writer.State.Revision))
        {
            return KeyValueError.Malformed;
        }

        var error = CheckLeases(changes);
        if (error == KeyValueError.None && goesOn == 1)
        {
            writer.Batch.Put(KeyLayout.MigrationPiece(_now.NextStep), body.ToArray());
            writer.Note(body);
        }
        else if (error == KeyValueError.None)
        {
            pieces.Remove(writer.Batch);
            Follow(pieces.Changes);
        }

        return error;
    }

    private KeyValueError CheckLeases(List<KeyValueChange> changes)
    {
        for (var i = 0; i < changes.Count; i++)
        {
            if (LeaseTable.Check(changes[i].Item.Lease, writer.Batch) != KeyValueError.None)
            {
                return KeyValueError.LeaseNotFound;
            }
        }

        return KeyValueError.None;
    }

    private void Follow(List<KeyValueChange> changes)
    {
        var at = 0L;
        for (var i = 0; i < changes.Count; i++)
        {
            if (changes[i].Revision != at)
            {
                at = changes[i].Revision;
                EndCopy(at);
                writer.BeginRevision(at);
            }

            writer.Follow(changes[i]);
        }

        EndCopy(long.MaxValue);
    }

    /// <summary>Once the copied revision is whole it is the one that the store is compacted at: nothing
    /// before it is known.</summary>
    private void EndCopy(long next)
    {
        if (_now.Phase != MigrationPhase.Copying || next <= _now.CopiedRevision)
        {
            return;
        }

        writer.Restart(_now.CopiedRevision, _now.CopiedRevision > 1 ? _now.CopiedRevision : 0);
        _now = _now with { Phase = MigrationPhase.Following };
    }

    private KeyValueError Open(long revision)
    {
        if (_now.Phase != MigrationPhase.Following || revision != writer.State.Revision
            || MigrationPieces.Load(writer.Batch).Changes.Count > 0)
        {
            return KeyValueError.NotThisMigration;
        }

        _now = _now with { Phase = MigrationPhase.Done };
        return KeyValueError.None;
    }
}
