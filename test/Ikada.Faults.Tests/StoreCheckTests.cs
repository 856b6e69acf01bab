using Ikada.Faults.Checking;
using Ikada.Faults.Clients;
using Ikada.Simulation.Checkers;
using Ikada.Simulation.Checkers.Store;
using Ikada.Simulation.Clients;

namespace Ikada.Faults.Tests;

/// <summary>What real servers are recorded to have answered: right histories pass, each lie is
/// found.</summary>
public class StoreCheckTests
{
    private readonly Scene _scene = new();

    [Fact]
    public void A_right_history_passes()
    {
        _scene.Put(1);
        _scene.Read(1);
        _scene.PutTwo(2);
        _scene.Delete(1);
        _scene.Read(1);
        _scene.Read(2, isSerializable: true);
        _scene.Watch();
        Assert.Empty(_scene.Check());
    }

    [Fact]
    public void A_write_of_unknown_outcome_may_have_happened_or_not()
    {
        _scene.Put(1, RecordedOutcome.Unknown);
        _scene.Put(2, RecordedOutcome.Unknown, isLost: true);
        _scene.Put(3);
        _scene.Delete(3, RecordedOutcome.Unknown);
        Assert.Empty(_scene.Check());
    }

    [Fact]
    public void A_linearizable_read_that_shows_an_old_state_is_found()
    {
        _scene.Put(1);
        var old = _scene.Read(1);
        _scene.Put(1);
        var read = _scene.Read(1);
        (read.Found, read.Revision) = (old.Found, old.Revision);
        Found(Linearizability.FreshProperty);
    }

    [Fact]
    public void A_read_that_shows_what_never_was_is_found()
    {
        _scene.Put(1);
        var other = _scene.Read(2);
        var read = _scene.Read(1);
        read.Found = other.Found;
        Found(StoreAnswers.ReadProperty);
    }

    [Fact]
    public void A_serializable_read_may_be_old()
    {
        _scene.Put(1);
        var old = _scene.Read(1);
        _scene.Put(1);
        var read = _scene.Read(1, isSerializable: true);
        (read.Found, read.Revision) = (old.Found, old.Revision);
        Assert.Empty(_scene.Check());
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 0)]
    public void Only_a_node_that_started_anew_may_show_what_is_older_than_before(int life, int violations)
    {
        _scene.Put(1);
        var old = _scene.Read(1);
        _scene.Put(1);
        _scene.Read(1, isSerializable: true, life: 1);
        var read = _scene.Read(1, isSerializable: true, life);
        (read.Found, read.Revision) = (old.Found, old.Revision);
        Assert.Equal(violations, _scene.Check().Count(text => text.StartsWith(StaleReads.Property)));
    }

    [Fact]
    public void A_lost_write_is_found()
    {
        _scene.Put(1);
        _scene.Put(2, isLost: true);
        _scene.Put(3);
        Found(Operations.AckedProperty);
    }

    [Fact]
    public void A_refused_write_that_happened_is_found()
    {
        _scene.Put(1, RecordedOutcome.Failed);
        Found(Operations.RefusedProperty);
    }

    [Fact]
    public void A_write_that_happened_twice_is_found()
    {
        var put = _scene.Put(1);
        _scene.Put(2);
        _scene.Put(3);
        var (first, second) = (_scene.History[0], _scene.History[1]);
        _scene.History[1] = second with { Item = second.Item with { Value = first.Item.Value } };
        // What comes behind it is not looked at.
        var found = Assert.Single(_scene.Check());
        Assert.StartsWith(Operations.OnceProperty, found);
        Assert.Contains($"op {put.Id} ", found, StringComparison.Ordinal);
    }

    [Fact]
    public void A_write_that_happened_before_it_was_asked_for_is_found()
    {
        _scene.Put(1, RecordedOutcome.Unknown);
        _scene.Read(1);
        var put = _scene.Operations[0];
        _scene.Operations[0] = new Recorded
        {
            Id = put.Id, Client = 1, Node = 0, Asked = put.Asked, Start = _scene.Now, End = _scene.Now + 1,
        };
        Found(Linearizability.OrderProperty);
    }

    [Fact]
    public void A_deletion_that_nobody_asked_for_is_found()
    {
        _scene.Put(1);
        _scene.Operations.Remove(_scene.Delete(1));
        Found(Operations.OnceProperty);
    }

    [Fact]
    public void Half_a_transaction_is_found()
    {
        _scene.PutTwo(1);
        _scene.History.RemoveAt(1);
        Found(StoreCheck.HistoryProperty);
    }

    [Fact]
    public void A_missing_revision_is_found()
    {
        _scene.Put(1);
        _scene.Put(2);
        _scene.Put(3);
        _scene.History.RemoveAt(1);
        Found(Line.DenseProperty);
    }

    private void Found(string property) =>
        Assert.Contains(_scene.Check(), text => text.StartsWith(property + ":", StringComparison.Ordinal));
}
