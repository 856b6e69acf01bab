using Ikada.Faults.Clients;
using Ikada.Simulation.Checkers.Store;

namespace Ikada.Faults.Tests;

/// <summary>Leases as clients saw them end.</summary>
public class LeaseCheckTests
{
    private readonly Scene _scene = new();

    public LeaseCheckTests()
    {
        _scene.Grant(7, seconds: 2);
        _scene.Put(1, lease: 7);
    }

    [Theory]
    [InlineData(1.9, 1)]
    [InlineData(2.1, 0)]
    public void One_that_ends_before_its_time_is_found(double seconds, int violations)
    {
        _scene.Wait(seconds);
        _scene.End(7);
        _scene.Read(1);
        Assert.Equal(violations, Early());
    }

    [Theory]
    [InlineData(1.9, 1)]
    [InlineData(2.1, 0)]
    public void Time_counts_from_the_last_renewal(double seconds, int violations)
    {
        _scene.Wait(1.5);
        _scene.Renew(7, seconds: 2);
        _scene.Wait(seconds);
        _scene.End(7);
        _scene.Read(1);
        Assert.Equal(violations, Early());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void One_that_is_taken_back_may_end_at_any_time(bool isAnswered)
    {
        _scene.Revoke(7, isAnswered ? RecordedOutcome.Ok : RecordedOutcome.Unknown);
        _scene.Read(1);
        Assert.Empty(_scene.Check());
    }

    [Fact]
    public void A_renewal_of_one_that_has_ended_is_found()
    {
        _scene.Wait(3);
        _scene.End(7);
        _scene.Read(1);
        _scene.Renew(7, seconds: 2);
        Assert.Contains(_scene.Check(), text => text.StartsWith(StoreAnswers.LeaseProperty));
    }

    [Fact]
    public void A_renewal_that_is_told_of_a_revision_after_the_end_is_right_where_it_began_before()
    {
        _scene.Wait(1);
        var renewal = _scene.Renew(7, seconds: 2);
        _scene.Wait(3);
        _scene.End(7);
        (renewal.End, renewal.Revision) = (_scene.Now, _scene.Revision);
        _scene.Wait(0.1);
        _scene.Read(1);
        Assert.Empty(_scene.Check());
    }

    [Fact]
    public void A_renewal_that_finds_no_lease_is_right_behind_the_end_whatever_revision_its_node_has()
    {
        _scene.Wait(3);
        _scene.Put(2);
        _scene.End(7);
        _scene.Read(1);
        var renewal = _scene.Renew(7, seconds: 0);
        renewal.Revision = 2;
        _scene.Read(1);
        Assert.Empty(_scene.Check());
    }

    [Fact]
    public void A_renewal_that_finds_no_lease_while_it_lives_is_found()
    {
        _scene.Renew(7, seconds: 0);
        _scene.Read(1);
        _scene.Wait(3);
        _scene.End(7);
        _scene.Read(1);
        Assert.NotEmpty(_scene.Check());
    }

    private int Early() => _scene.Check().Count(text => text.StartsWith(LeaseTimes.EarlyProperty));
}
