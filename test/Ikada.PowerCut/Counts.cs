namespace Ikada.PowerCut;

/// <summary>What a run counted.</summary>
internal sealed class Counts
{
    public int Cuts { get; set; }

    public int CutsWhileOpening { get; set; }

    public Dictionary<ShutdownKind, int> ByKind { get; } = [];

    public long Acknowledged { get; set; }

    /// <summary>Acknowledged and found again, at each restart.</summary>
    public long Found { get; set; }

    /// <summary>Acknowledged, and covered by a snapshot that was found.</summary>
    public long Covered { get; set; }

    public long Lost { get; set; }

    public long Unacknowledged { get; set; }

    public long Votes { get; set; }

    public long VotesForgotten { get; set; }

    public int TornTails { get; set; }

    public long TornBytes { get; set; }

    public int VotesRescued { get; set; }

    public int Snapshots { get; set; }

    public int SnapshotsLost { get; set; }

    public int PartsDeleted { get; set; }

    public int Bases { get; set; }

    public int StoppedByEio { get; set; }

    public string LastFailure { get; set; } = string.Empty;

    public string Describe() => $"""
        {Cuts} cuts, {CutsWhileOpening} of them while the log was being opened; written out before:
          nothing {Kind(ShutdownKind.Nothing)}, the journal {Kind(ShutdownKind.JournalWrittenOut)},
          everything {Kind(ShutdownKind.WrittenOut)}
        {Acknowledged} entries acknowledged; looked for after each cut: {Found} times found, {Covered} times
        covered by a snapshot, {Lost} lost
        {Votes} votes acknowledged, {VotesForgotten} forgotten
        {Snapshots} snapshots durable, {SnapshotsLost} lost, {PartsDeleted} unfinished ones deleted
        {Bases} bases moved, by compaction or by an installed snapshot
        {Unacknowledged} entries found that were not acknowledged
        {TornTails} torn ends cut off, {TornBytes} bytes; {VotesRescued} votes taken from beyond
        writer stopped by EIO, with a message: {StoppedByEio} of {Cuts}; the last one:
          {LastFailure}
        """;

    private int Kind(ShutdownKind kind) => ByKind.GetValueOrDefault(kind);
}
