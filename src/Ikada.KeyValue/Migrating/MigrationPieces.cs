using Ikada.Primitives;

namespace Ikada.KeyValue;

/// <summary>The parts of one revision that is larger than a step, put aside until the last of them has come:
/// a revision is seen whole or not at all.</summary>
internal sealed class MigrationPieces
{
    private readonly List<byte[]> _places = [];

    private MigrationPieces()
    {
    }

    /// <summary>What has come of the revision so far.</summary>
    public List<KeyValueChange> Changes { get; } = [];

    public static MigrationPieces Load(IOrderedView view)
    {
        var pieces = new MigrationPieces();
        var cursor = view.OpenCursor();
        for (var more = cursor.Seek(KeyLayout.MigrationPiece(0));
            more && KeyLayout.IsMigrationPiece(cursor.Key.Span);
            more = cursor.MoveNext())
        {
            var valid = MigrationCommand.TryReadChanges(cursor.Value.Span, out var changes);
            Invariant.Check(
                valid, $"a piece of a migrated revision has {cursor.Value.Length} bytes and is none");
            pieces._places.Add(cursor.Key.ToArray());
            pieces.Changes.AddRange(changes);
        }

        return pieces;
    }

    /// <summary>Adds a step's. False if they cannot follow on what is there: what goes on is of one revision,
    /// and what has begun goes on.</summary>
    public bool TryAppend(List<KeyValueChange> changes, bool goesOn)
    {
        var fits = (!goesOn || (changes.Count > 0 && changes[^1].Revision == changes[0].Revision))
            && (Changes.Count == 0 || (changes.Count > 0 && changes[0].Revision == Changes[0].Revision));
        if (fits)
        {
            Changes.AddRange(changes);
        }

        return fits;
    }

    public void Remove(IOrderedBatch batch)
    {
        for (var i = 0; i < _places.Count; i++)
        {
            batch.Remove(_places[i]);
        }
    }
}
