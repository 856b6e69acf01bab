using System.Buffers;
using Ikada.KeyValue;
using Ikada.Simulation.Workloads.Store;

namespace Ikada.Simulation.Checkers.Store;

/// <summary>After everything healed: each store shows the keys, the history, the changes and the leases of
/// the model, and all have the same hash of all versions. How much of what was compacted is removed may
/// differ: who was restored from a snapshot never had it.</summary>
internal sealed class StoreConvergence(StoreModel model, StoreAnswers answers)
{
    private const int RevisionsMax = 40;
    private readonly ArrayBufferWriter<byte> _answer = new();
    private (ulong Applied, ulong Hash)? _first;

    /// <summary>Looks at a node's store.</summary>
    public void Look(int node, KeyValueView view)
    {
        Expect(node, "revision", model.Revision, view.Revision);
        Expect(node, "compacted revision", model.Compacted, view.CompactedRevision);
        Expect(node, "number of leases", model.Leases.Count, view.Leases().Count);
        var lowest = Math.Max(Math.Max(1, model.Compacted), model.Revision - RevisionsMax);
        for (var revision = lowest - 1; revision <= model.Revision; revision++)
        {
            var read = new ReadRequest(
                new KeySpan(0, model.Keys), new RangeQuery { Revision = Math.Max(0, revision) });
            _answer.ResetWrittenCount();
            view.Range(read.Query).Encode(_answer);
            answers.Compare(node, read, view.AppliedIndex.Value, _answer.WrittenSpan);
        }

        LookAtChanges(node, view);
        LookAtWhole(node, view);
    }

    private void LookAtChanges(int node, KeyValueView view)
    {
        var at = model.Changes.FindIndex(change => change.Revision >= model.Compacted);
        at = at < 0 ? model.Changes.Count : at;
        view.OpenChanges(Math.Max(1, model.Compacted), out var changes);
        while (changes!.MoveNext())
        {
            var change = changes.Read(withPrevious: false);
            var shown = StoreText.Of(change.IsDeletion, change.Item, null);
            var expected = at < model.Changes.Count
                ? StoreText.Of(model.Changes[at].IsDeletion, model.Changes[at].Item, null) : "nothing";
            if (shown != expected)
            {
                throw new PropertyViolatedException(
                    StoreWorkload.ConvergedProperty,
                    $"n{node + 1} has the change {shown}; the history {expected}");
            }

            at++;
        }

        Expect(node, "changes", model.Changes.Count, at);
    }

    // Whatever was removed, restored or replayed on the way.
    private void LookAtWhole(int node, KeyValueView view)
    {
        var found = (view.AppliedIndex.Value, view.HashAt(0).Hash);
        if (_first is { } first && first.Applied == found.Value && first.Hash != found.Hash)
        {
            throw new PropertyViolatedException(
                StoreWorkload.ConvergedProperty,
                $"n{node + 1} has hash {found.Hash:x16} of all versions at {found.Value}, another node "
                + $"{first.Hash:x16}");
        }

        _first = found;
    }

    private static void Expect(int node, string what, long expected, long found)
    {
        if (expected != found)
        {
            throw new PropertyViolatedException(
                StoreWorkload.ConvergedProperty,
                $"n{node + 1} has {what} {found}; the history {expected}");
        }
    }
}
