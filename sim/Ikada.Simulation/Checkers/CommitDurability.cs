namespace Ikada.Simulation.Checkers;

/// <summary>I7, what is committed is durable on a majority at that moment: in the disks' images, not in
/// anybody's memory.</summary>
internal sealed class CommitDurability
{
    public const string Property = "I7 committed is durable on a majority";

    /// <summary>A node is the first to commit up to <paramref name="index"/>.</summary>
    public static void Commits(int node, ulong index, ulong chain, ReadOnlySpan<LogMirror> durable)
    {
        var holders = 0;
        foreach (var image in durable)
        {
            if (image.Last >= index && image.ChainAt(index) == chain)
            {
                holders++;
            }
        }

        if (holders <= durable.Length / 2)
        {
            throw new PropertyViolatedException(
                Property,
                $"n{node + 1} commits up to {index}, which is durable on {holders} of {durable.Length} "
                + "nodes only");
        }
    }
}
