using System.Buffers;

namespace Ikada.KeyValue;

/// <summary>
/// Makes of the snapshot of one cluster that with which another begins: without what the members of the old
/// one have told about themselves, and without their alarms. The revision may be raised, for watches and
/// caches that have seen more of the old cluster than was saved: what they hold is refused as compacted
/// rather than taken for something that the new cluster has made.
/// <para>All members of the new cluster must begin with the same one.</para>
/// </summary>
public sealed class NewClusterSnapshot
{
    private readonly Translation _translation;

    /// <summary>Begins one.</summary>
    /// <param name="target">Where it goes.</param>
    /// <param name="revisionBump">0: the revision stays. Above: it is so much higher, up to
    /// <see cref="RevisionBumpMax"/>, and all below it is compacted.</param>
    /// <exception cref="ArgumentOutOfRangeException">A bump out of range.</exception>
    public NewClusterSnapshot(IBufferWriter<byte> target, long revisionBump)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentOutOfRangeException.ThrowIfNegative(revisionBump);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(revisionBump, RevisionBumpMax);
        _translation = new Translation(target, revisionBump);
    }

    /// <summary>The most by which a revision is raised: room is left for as many again.</summary>
    public static long RevisionBumpMax => 1L << 61;

    /// <summary>Takes the next piece of the old snapshot. The bytes are not kept.</summary>
    /// <exception cref="InvalidDataException">This cannot be a snapshot of this store.</exception>
    public void Write(ReadOnlySpan<byte> piece) => _translation.Write(piece);

    /// <summary>All pieces have come: the rest of the new one goes out.</summary>
    /// <exception cref="InvalidDataException">The old one is cut short or damaged: what went out is of no
    /// use.</exception>
    public void Complete() => _translation.Finish();

    private sealed class Translation(IBufferWriter<byte> target, long revisionBump) : SnapshotParser
    {
        private readonly SnapshotWriter _writer = new(target);
        private byte[] _last = [];

        public void Finish()
        {
            Complete();
            _writer.End();
        }

        protected override void Begin()
        {
            // Who begins with another bump, or with the old snapshot as it was, differs from the others.
            var state = State with { Hash = RollingHash.Append(State.Hash, (ulong)revisionBump) };
            if (revisionBump > 0)
            {
                var revision = state.Revision + revisionBump;
                state = state with
                {
                    Revision = revision,
                    Compacted = revision,
                    IsCompactedAtZero = false,
                };
            }

            _writer.Begin(state);
        }

        protected override void Add(byte mark, byte[] key, byte[] value)
        {
            switch (mark)
            {
                case KeyValueSnapshot.MemberMark or KeyValueSnapshot.AlarmsMark:
                    return;
                case KeyValueSnapshot.MigrationMark when revisionBump > 0:
                    throw new InvalidDataException(
                        "it was saved in the middle of a migration, which counts on the revision: restore it "
                        + "without raising the revision, or save again when the migration is over");
                case KeyValueSnapshot.VersionMark when revisionBump > 0 && !IsLeft(key, value):
                    return;
                default:
                    _writer.Item(mark, key, value);
                    break;
            }
        }

        // A compaction above all revisions leaves the newest version of each key, unless that is a deletion.
        private bool IsLeft(byte[] place, byte[] record)
        {
            var isFirst = !KeyLayout.IsSameKey(place, _last);
            _last = place;
            return isFirst && !KeyValueRecord.IsDeletion(record);
        }
    }
}
