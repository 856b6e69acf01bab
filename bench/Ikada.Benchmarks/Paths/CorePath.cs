namespace Ikada.Benchmarks;

/// <summary>An entry through a leader of three.</summary>
internal sealed class CorePath : HotPath
{
    private const int Batch = 64;
    private readonly LeaderLoop _leader = new(voters: 3, Batch);

    public override void Run(int operations)
    {
        for (var done = 0; done < operations; done += Batch)
        {
            _leader.ReplicateBatch();
        }
    }
}
