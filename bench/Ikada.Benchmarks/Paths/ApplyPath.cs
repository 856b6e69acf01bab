namespace Ikada.Benchmarks;

/// <summary>A put applied, in a batch of 64.</summary>
internal sealed class ApplyPath(bool isOnDisk) : HotPath
{
    private readonly FilledStore _store = new(isOnDisk);

    public override void Run(int operations)
    {
        for (var done = 0; done < operations; done += FilledStore.Batch)
        {
            _store.PutBatch();
        }
    }

    protected override void Dispose(bool disposing)
    {
        _store.Dispose();
        base.Dispose(disposing);
    }
}
