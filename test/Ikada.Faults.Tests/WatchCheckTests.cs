using Ikada.Faults.Clients;
using Ikada.Simulation.Checkers.Store;

namespace Ikada.Faults.Tests;

/// <summary>Watchers as clients saw them.</summary>
public class WatchCheckTests
{
    private readonly Scene _scene = new();

    public WatchCheckTests()
    {
        _scene.Put(1);
        _scene.PutTwo(1);
        _scene.Delete(1);
    }

    [Fact]
    public void An_event_that_is_left_out_is_found()
    {
        var watch = Told(0);
        _scene.Tell(watch, _scene.History[3]);
        Found(WatchWitness.Property);
    }

    [Fact]
    public void An_event_that_is_repeated_is_found()
    {
        var watch = _scene.Watch();
        _scene.Tell(watch, _scene.History[3]);
        Found(WatchWitness.Property);
    }

    [Fact]
    public void A_part_of_a_revision_is_found()
    {
        var watch = Told(0);
        _scene.Tell(watch, _scene.History[1]);
        _scene.Tell(watch, _scene.History[2], _scene.History[3]);
        Found(WatchWitness.AtomicProperty);
    }

    [Fact]
    public void An_event_that_never_comes_is_found()
    {
        Told(0, 1, 2);
        Found(WatchWitness.LevelProperty);
    }

    [Fact]
    public void Progress_before_all_it_speaks_of_is_found()
    {
        var watch = Told(0);
        watch.Add(new WatchWord(WatchWordKind.Progress, _scene.Now, 0, 3, string.Empty));
        Found(WatchWitness.ProgressProperty);
    }

    [Fact]
    public void A_watcher_that_is_ended_by_the_server_is_found()
    {
        var watch = _scene.Watch();
        watch.Add(new WatchWord(WatchWordKind.Canceled, _scene.Now, 0, 0, "for no reason"));
        Found(WatchWitness.Property);
    }

    [Fact]
    public void A_watcher_that_goes_on_elsewhere_from_where_it_was_passes()
    {
        var watch = Told(0);
        watch.Add(new WatchWord(WatchWordKind.Broken, _scene.Now, 0, 0, "gone"));
        watch.Add(new WatchWord(WatchWordKind.Asked, _scene.Now, 1, watch.Next, string.Empty));
        watch.Add(new WatchWord(WatchWordKind.Created, _scene.Now, 1, 4, string.Empty));
        _scene.Tell(watch, _scene.History[1], _scene.History[2], _scene.History[3]);
        watch.Add(new WatchWord(WatchWordKind.Progress, _scene.Now, 1, 4, string.Empty));
        Assert.Equal(5, watch.Next);
        Assert.Empty(_scene.Check());
    }

    // One that has been told these changes, each by itself but those of one revision.
    private WatchRecord Told(params int[] changes)
    {
        var watch = new WatchRecord(1, new(0, Scene.Keys), withPrevious: true);
        watch.Add(new WatchWord(WatchWordKind.Created, 0, 0, 1, string.Empty));
        foreach (var revision in changes.Select(at => _scene.History[at]).GroupBy(one => one.Revision))
        {
            _scene.Tell(watch, [.. revision]);
        }

        _scene.Watches.Add(watch);
        return watch;
    }

    private void Found(string property) =>
        Assert.Contains(_scene.Check(), text => text.StartsWith(property + ":", StringComparison.Ordinal));
}
