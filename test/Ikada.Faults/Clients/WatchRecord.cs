using Ikada.Simulation.Workloads.Store;

namespace Ikada.Faults.Clients;

/// <summary>What kind of thing a watcher was told, or did.</summary>
internal enum WatchWordKind
{
    /// <summary>It asked a node to go on from a revision; 0: from now on.</summary>
    Asked = 0,

    /// <summary>It was made.</summary>
    Created,

    /// <summary>Events.</summary>
    Events,

    /// <summary>It has all up to a revision.</summary>
    Progress,

    /// <summary>It was ended, and nobody had asked for it.</summary>
    Canceled,

    /// <summary>Its stream broke.</summary>
    Broken,
}

/// <summary>One thing that a watcher was told, or did.</summary>
internal sealed record WatchWord(WatchWordKind Kind, long At, int Node, long Revision, string Reason)
{
    public IReadOnlyList<RecordedChange> Events { get; init; } = [];
}

/// <summary>All that one watcher was told, over all its connections, in order.</summary>
internal sealed class WatchRecord(int number, KeySpan keys, bool withPrevious)
{
    private readonly Lock _gate = new();
    private readonly List<WatchWord> _words = [];

    public int Number => number;

    public KeySpan Keys => keys;

    public bool WithPrevious => withPrevious;

    /// <summary>The first revision of which it has been told nothing; 0: it does not know where it
    /// begins.</summary>
    public long Next { get; private set; }

    public IReadOnlyList<WatchWord> Words
    {
        get
        {
            lock (_gate)
            {
                return [.. _words];
            }
        }
    }

    public void Add(WatchWord word)
    {
        lock (_gate)
        {
            _words.Add(word);
            Next = word.Kind switch
            {
                WatchWordKind.Created when Next == 0 => word.Revision + 1,
                WatchWordKind.Events => word.Events[^1].Revision + 1,
                WatchWordKind.Progress => Math.Max(Next, word.Revision + 1),
                _ => Next,
            };
        }
    }
}
