using Ikada.Api.Etcd;

namespace Ikada.Cli.Client.Printing;

/// <summary>Rows in a frame: headings in the middle, cells to the right.</summary>
internal sealed class TablePrinter(Stream output) : Printer(output)
{
    private static readonly string[] MemberColumns =
        ["ID", "STATUS", "NAME", "PEER ADDRS", "CLIENT ADDRS", "IS LEARNER"];

    private static readonly string[] HealthColumns = ["ENDPOINT", "HEALTH", "TOOK", "ERROR"];

    private static readonly string[] StatusColumns =
    [
        "ENDPOINT", "ID", "VERSION", "DB SIZE", "IS LEADER", "IS LEARNER", "RAFT TERM", "RAFT INDEX",
        "RAFT APPLIED INDEX", "ERRORS",
    ];

    private static readonly string[] HashColumns = ["ENDPOINT", "HASH"];

    public static IEnumerable<string[]> Rows(MemberListResponse answer) => answer.Members.Select(member =>
        (string[])
        [
            Hex(member.ID), member.Name.Length > 0 ? "started" : "unstarted", member.Name,
            string.Join(',', member.PeerURLs), string.Join(',', member.ClientURLs), Truth(member.IsLearner),
        ]);

    public static string[] Row((string Endpoint, StatusResponse Status) one) =>
    [
        one.Endpoint, Hex(one.Status.Header.MemberId), one.Status.Version, Sizes.Text(one.Status.DbSize),
        Truth(one.Status.Leader == one.Status.Header.MemberId), Truth(one.Status.IsLearner),
        Text(one.Status.RaftTerm), Text(one.Status.RaftIndex), Text(one.Status.RaftAppliedIndex),
        string.Join(", ", one.Status.Errors),
    ];

    public override void Members(MemberListResponse answer) => Write(MemberColumns, Rows(answer));

    public override void Health(IReadOnlyList<EndpointHealth> all) => Write(
        HealthColumns,
        all.Select(one => (string[])
            [one.Endpoint, Truth(one.Error.Length == 0), GoDuration.Text(one.Took), one.Error]));

    public override void Statuses(IReadOnlyList<(string Endpoint, StatusResponse Status)> all) =>
        Write(StatusColumns, all.Select(Row));

    public override void Hashes(IReadOnlyList<(string Endpoint, HashKVResponse Hash)> all) =>
        Write(HashColumns, all.Select(one => (string[])[one.Endpoint, Text(one.Hash.Hash)]));

    private void Write(string[] columns, IEnumerable<string[]> rows)
    {
        var all = rows.ToList();
        var widths = columns.Select((name, column) =>
            all.Select(row => row[column].Length).Append(name.Length).Max()).ToArray();
        var border = $"+{string.Join('+', widths.Select(width => new string('-', width + 2)))}+";
        Line(border);
        Line(Joined(columns, widths, Middle));
        Line(border);
        foreach (var row in all)
        {
            Line(Joined(row, widths, (cell, width) => cell.PadLeft(width)));
        }

        if (all.Count > 0)
        {
            Line(border);
        }
    }

    private static string Joined(string[] cells, int[] widths, Func<string, int, string> place) =>
        $"| {string.Join(" | ", cells.Zip(widths, place))} |";

    private static string Middle(string text, int width) =>
        text.PadLeft(text.Length + ((width - text.Length) / 2)).PadRight(width);

    private static string Truth(bool value) => value ? "true" : "false";
}
