namespace Ikada.Cli.Processes;

/// <summary>Several servers on loopback, on free ports and in a fresh directory.</summary>
internal sealed class LocalCluster : IAsyncDisposable
{
    private readonly string[] _flags;

    public LocalCluster(string program, int size, string token, params string[] moreFlags)
    {
        Directory = System.IO.Directory.CreateTempSubdirectory("ikada-").FullName;
        var ports = FreePorts.Take(2 * size);
        Members = Enumerable.Range(0, size)
            .Select(i => new LocalMember(program, $"n{i + 1}", Directory, ports[2 * i], ports[2 * i + 1]))
            .ToArray();
        _flags =
        [
            "--initial-cluster",
            string.Join(',', Members.Select(member => $"{member.Name}={member.PeerUrl}")),
            "--initial-cluster-token", token, "--initial-cluster-state", "new", .. moreFlags,
        ];
    }

    public IReadOnlyList<LocalMember> Members { get; }

    public string Directory { get; }

    /// <summary>Whether the directory stays when all is over.</summary>
    public bool KeepsDirectory { get; set; }

    /// <summary>Whether the servers go on running when all is over.</summary>
    public bool KeepsRunning { get; set; }

    public string Endpoints => string.Join(',', Members.Select(member => member.Endpoint));

    public void Start(LocalMember member, params string[] moreFlags) =>
        member.Start([.. _flags, .. moreFlags]);

    public void StartAll()
    {
        foreach (var member in Members)
        {
            Start(member);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (KeepsRunning)
        {
            return;
        }

        await Task.WhenAll(Members.Select(member => member.StopAsync()));
        foreach (var member in Members)
        {
            member.Dispose();
        }

        if (!KeepsDirectory)
        {
            System.IO.Directory.Delete(Directory, recursive: true);
        }
    }
}
