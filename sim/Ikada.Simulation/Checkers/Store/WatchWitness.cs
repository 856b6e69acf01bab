using Ikada.KeyValue;
using Ikada.Simulation.Workloads.Store;

namespace Ikada.Simulation.Checkers.Store;

/// <summary>
/// I30 for one watcher, over all its reconnections: every change of its keys from its start on, once, in
/// order, never part of a revision, with what stood there before; a word on progress comes only behind all
/// it speaks of; what a compaction takes away is told, and only that.
/// </summary>
internal sealed class WatchWitness(StoreModel model, KeySpan keys)
{
    public const string Property = "I30 a watcher sees every change of its keys once, in order, as it was";
    public const string AtomicProperty = "I30 a watcher sees a revision whole";
    public const string ProgressProperty = "I30 progress comes behind all it speaks of and never goes back";
    public const string CompactionProperty = "I30 a watcher is told what a compaction took from it";
    public const string LevelProperty = "I30 after healing every watcher is told everything";

    // The first change of the history that it has not been told of.
    private int _at;
    private bool _mustCancel;

    public KeySpan Keys => keys;

    public bool WithoutPuts { get; init; }

    public bool WithoutDeletions { get; init; }

    public bool WithPrevious { get; init; }

    /// <summary>The first revision of which it has been told nothing; 0: it does not know where it
    /// begins.</summary>
    public long Next { get; private set; }

    /// <summary>It asks a node that stands at <paramref name="compacted"/> to go on.</summary>
    public void Asks(long compacted) => _mustCancel = Next > 0 && Next < compacted;

    /// <summary>It has been made; who asked for what comes from now on begins behind that revision.</summary>
    public void Created(long revision)
    {
        if (Next == 0)
        {
            GoOnFrom(revision + 1);
        }
    }

    /// <summary>It is given events of a delivery.</summary>
    public void Told(string who, WatchDelivery delivery)
    {
        var events = new List<(long Revision, string Text)>(delivery.Events.Length);
        foreach (var one in delivery.Events.Span)
        {
            events.Add((one.Revision, System.Text.Encoding.Latin1.GetString(
                one.Encoded(delivery.WithPrevious).Span)));
        }

        Told(who, events, delivery.WithPrevious, delivery.Revision);
    }

    /// <summary>It is given events.</summary>
    /// <param name="who">Which watcher it is.</param>
    /// <param name="events">The revision of each, and it in the words of <see cref="StoreText"/>.</param>
    /// <param name="withPrevious">Whether they show what stood there before.</param>
    /// <param name="header">The revision of the header.</param>
    public void Told(
        string who, IReadOnlyList<(long Revision, string Text)> events, bool withPrevious, long header)
    {
        MustBeAlive(who);
        foreach (var (revision, text) in events)
        {
            Told(who, revision, text, withPrevious);
        }

        var last = events[^1].Revision;
        if (header < last || header > model.Revision)
        {
            throw new PropertyViolatedException(
                Property, $"{who} is given events up to {last} under a header of {header}");
        }

        Next = last + 1;
        if (Peek() is { } rest && rest.Revision == last)
        {
            throw new PropertyViolatedException(
                AtomicProperty,
                $"{who} is given a part of revision {last}; this belongs to it: {Text(rest)}");
        }
    }

    /// <summary>It is told that it has everything up to a revision.</summary>
    public void Progress(string who, long revision)
    {
        MustBeAlive(who);
        if (revision < Next - 1 || revision > model.Revision
            || (Peek() is { } missing && missing.Revision <= revision))
        {
            throw new PropertyViolatedException(
                ProgressProperty,
                $"{who}, which has all below {Next}, is told of progress up to {revision}; the next it "
                + $"must see is {(Peek() is { } next ? Text(next) : "nothing")}");
        }

        Next = revision + 1;
    }

    /// <summary>It has been ended by a compaction: it goes on from there.</summary>
    public void Compacted(string who, long compacted)
    {
        if (Next >= compacted || compacted > model.Compacted)
        {
            throw new PropertyViolatedException(
                CompactionProperty,
                $"{who}, which has all below {Next}, is told that {compacted} was compacted; it is "
                + $"{model.Compacted}");
        }

        _mustCancel = false;
        GoOnFrom(compacted);
    }

    /// <summary>What it has not been told of; null: nothing.</summary>
    public string? Missing() => Next == 0 ? "where it begins"
        : Peek() is { } missing ? Text(missing) : null;

    private void Told(string who, long revision, string told, bool withPrevious)
    {
        var expected = Peek();
        if (withPrevious != WithPrevious || expected is not { } change
            || (told != Text(change) && !IsWithoutForgotten(told, change)))
        {
            throw new PropertyViolatedException(
                Property,
                $"{who}, which has all below {Next}, is given {told}; it must see "
                + $"{(expected is { } wanted ? Text(wanted) : "nothing")}");
        }

        Next = Math.Max(Next, revision);
        _at++;
    }

    // What stood there before may have been compacted away.
    private bool IsWithoutForgotten(string told, in StoreWrite change) =>
        WithPrevious && change.Revision <= model.Compacted
        && told == StoreText.Of(change.IsDeletion, change.Item, null);

    private void MustBeAlive(string who)
    {
        if (_mustCancel)
        {
            throw new PropertyViolatedException(
                CompactionProperty,
                $"{who} asked for revision {Next}, which the node had compacted away, and is served");
        }
    }

    private StoreWrite? Peek()
    {
        while (_at < model.Changes.Count && !Wants(model.Changes[_at]))
        {
            _at++;
        }

        return _at < model.Changes.Count ? model.Changes[_at] : null;
    }

    private bool Wants(in StoreWrite change) =>
        keys.Contains(change.Key) && !(change.IsDeletion ? WithoutDeletions : WithoutPuts);

    private string Text(in StoreWrite change) =>
        StoreText.Of(change.IsDeletion, change.Item, WithPrevious ? change.Before : null);

    private void GoOnFrom(long revision)
    {
        Next = revision;
        var (low, high) = (0, model.Changes.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = model.Changes[middle].Revision < revision ? (middle + 1, high) : (low, middle);
        }

        _at = low;
    }
}
