namespace Ikada.Cli.Doctor;

/// <summary>All that was learnt; verdicts depend on nothing else.</summary>
internal sealed record Facts
{
    /// <summary>Who belongs to the cluster, as a server has told; empty: none has.</summary>
    public IReadOnlyList<MemberFacts> Members { get; init; } = [];

    /// <summary>What each server said that was asked.</summary>
    public IReadOnlyList<ServerFacts> Servers { get; init; } = [];

    /// <summary>A data directory on this machine; null: none was named.</summary>
    public DirectoryFacts? Directory { get; init; }

    public IEnumerable<ServerFacts> Answering => Servers.Where(server => server.Problem is null);

    public IReadOnlyList<MemberFacts> Voters => [.. Members.Where(member => !member.IsLearner)];

    public int Majority => (Voters.Count / 2) + 1;

    /// <summary>The servers of a member: one, unless it was named twice.</summary>
    public ServerFacts? ServerOf(ulong member) =>
        Servers.FirstOrDefault(server => server.Member == member && server.Problem is null)
        ?? Servers.FirstOrDefault(server => server.Member == member);

    /// <summary>A member as people know it.</summary>
    public string NameOf(ulong member) => Members.FirstOrDefault(one => one.Id == member)?.Shown
        ?? member.ToString("x", System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>A member as the cluster knows it.</summary>
internal sealed record MemberFacts(ulong Id, string Name, bool IsLearner, IReadOnlyList<string> ClientUrls)
{
    public string Shown => Name.Length > 0 ? Name : $"{Id:x}";
}

/// <summary>What one server says of itself.</summary>
/// <param name="Endpoint">Where it was asked.</param>
internal sealed record ServerFacts(string Endpoint)
{
    /// <summary>Why it does not answer; null: it does.</summary>
    public string? Problem { get; init; }

    /// <summary>Whose it is; 0: not known, since it does not answer and nobody has named it.</summary>
    public ulong Member { get; init; }

    public string Version { get; init; } = "";

    /// <summary>Whom it takes for the leader; 0: nobody.</summary>
    public ulong Leader { get; init; }

    public ulong Term { get; init; }

    public ulong Commit { get; init; }

    public ulong Applied { get; init; }

    public long SizeBytes { get; init; }

    /// <summary>The bound on that; 0: none.</summary>
    public long QuotaBytes { get; init; }

    public IReadOnlyList<string> Errors { get; init; } = [];

    /// <summary>Why its page /readyz is not content; empty: it is; null: the page was not read.</summary>
    public string? Unready { get; init; }

    /// <summary>The hash of what its keys held at <see cref="HashRevision"/>; null: it gave none.</summary>
    public uint? Hash { get; init; }

    public long HashRevision { get; init; }

    /// <summary>Its page /metrics, twice.</summary>
    public MetricReading Before { get; init; } = MetricReading.Empty;

    public MetricReading After { get; init; } = MetricReading.Empty;
}

/// <summary>A data directory on this machine.</summary>
/// <param name="Path">Where.</param>
/// <param name="FreeBytes">Of its file system.</param>
/// <param name="TotalBytes">Of its file system.</param>
/// <param name="Aside">Files that a start has put aside, since they were damaged or of a lost log.</param>
internal sealed record DirectoryFacts(
    string Path, long FreeBytes, long TotalBytes, IReadOnlyList<string> Aside);
