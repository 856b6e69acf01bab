using Ikada.Primitives;

namespace Ikada.Log.Writing;

/// <summary>Raises the events that follow from a batch that is durable.</summary>
internal sealed class CompletedBatch(ILogEvents events)
{
    public void Tell(BatchOperation batch)
    {
        foreach (var (group, state) in batch.HardStates)
        {
            events.HardStateSaved(group.Group, state);
        }

        foreach (var group in batch.Groups)
        {
            while (group.Entries.TryTakeFlushed(batch.Batch, out var run))
            {
                events.EntriesFlushed(group.Group, group.PositionOf(run.Last), run.Generation);
            }

            TellRepaired(group, batch.Batch);
        }

        foreach (var (group, position) in batch.Bases)
        {
            events.BaseSaved(group.Group, position);
        }
    }

    private void TellRepaired(GroupLog group, ulong batch)
    {
        LogIndex first = default, last = default;
        while (group.TryTakeRepaired(batch, out var repaired))
        {
            if (first != default && repaired != last.Next)
            {
                events.EntriesRepaired(group.Group, first, last);
                first = default;
            }

            first = first == default ? repaired : first;
            last = repaired;
        }

        if (first != default)
        {
            events.EntriesRepaired(group.Group, first, last);
        }
    }
}
