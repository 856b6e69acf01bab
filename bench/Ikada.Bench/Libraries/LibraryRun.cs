namespace Ikada.Bench.Libraries;

/// <summary>A row of the comparison.</summary>
internal sealed record LibraryRow(int Clients, int Bytes)
{
    public static IReadOnlyList<LibraryRow> All { get; } =
    [
        .. ((int[])[16, 256]).SelectMany(bytes =>
            ((int[])[1, 64, 1024, 4096]).Select(clients => new LibraryRow(clients, bytes))),
    ];
}

/// <summary>The figures of a row, one for each round, of one library.</summary>
internal sealed record LibrarySeries(string Library, List<LibraryFigures> Rounds);

/// <summary>How libraries are compared.</summary>
/// <param name="Kinds">Ours first; the one that ratios are to last but one.</param>
/// <param name="Rows">What is measured.</param>
/// <param name="Rounds">How often, on fresh clusters by turns.</param>
/// <param name="WarmUp">Of a fresh cluster, before its first row.</param>
/// <param name="Window">Of each measurement.</param>
/// <param name="Where">A directory on the disk to measure.</param>
internal sealed record LibraryPlan(
    IReadOnlyList<NodeKind> Kinds,
    IReadOnlyList<LibraryRow> Rows,
    int Rounds,
    TimeSpan WarmUp,
    TimeSpan Window,
    string Where);

/// <summary>Measures all libraries by turns.</summary>
internal sealed class LibraryRun(LibraryPlan plan, Action<string> tell)
{
    private const int WarmUpClients = 256;

    // Before each row: until its clients are all under way.
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(0.5);

    private readonly Dictionary<LibraryRow, List<LibrarySeries>> _results = plan.Rows.ToDictionary(
        row => row, _ => plan.Kinds.Select(kind => new LibrarySeries(kind.Name, [])).ToList());

    /// <summary>For each row the series of each kind, in the order of the kinds.</summary>
    public async Task<IReadOnlyDictionary<LibraryRow, List<LibrarySeries>>> RunAsync()
    {
        for (var round = 0; round < plan.Rounds; round++)
        {
            for (var turn = 0; turn < plan.Kinds.Count; turn++)
            {
                // Who begins changes from round to round.
                var at = (round + turn) % plan.Kinds.Count;
                var kind = plan.Kinds[at];
                tell($"round {round + 1}: {kind.Name} warms up");
                using var cluster = await NodeCluster.StartAsync(kind, plan.Where);
                await cluster.MeasureAsync(WarmUpClients, plan.Rows[0].Bytes, plan.WarmUp, Settling);
                foreach (var row in plan.Rows)
                {
                    tell($"round {round + 1}: {kind.Name}: {row.Clients} clients, {row.Bytes} B");
                    _results[row][at].Rounds.Add(
                        await cluster.MeasureAsync(row.Clients, row.Bytes, Settling, plan.Window));
                }
            }
        }

        return _results;
    }
}
