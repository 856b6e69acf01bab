using Ikada.Primitives;
using Ikada.Simulation.Checkers;
using static Ikada.Simulation.Tests.Checkers.ConsensusCheckerTests;

namespace Ikada.Simulation.Tests.Checkers;

public sealed class DurableImageTests
{
    private readonly NodeView _view = new(0, Membership.Empty);
    private readonly DurableImage _image;

    public DurableImageTests()
    {
        var matching = new LogMatching();
        _image = new DurableImage(_view, matching, new OneVotePerTerm(), new CommittedLog());
        var log = LogOf((1, 10), (1, 11));
        matching.Holds(0, "log", 1, log.At(1));
        matching.Holds(0, "log", 2, log.At(2));
        _image.Recovered(Found([At(1, 1), At(2, 1)], State(3, 2)), powerWasLost: true);
    }

    [Fact]
    public void What_is_recovered_counts_as_durable()
    {
        Assert.Equal(2UL, _view.Durable.Last);
        Assert.Equal((3UL, new NodeId(2)), (_view.DurableTerm, _view.DurableVote));
        _image.Recovered(Found([At(1, 1), At(2, 1)], State(3, 2)), powerWasLost: true);
    }

    [Fact]
    public void An_entry_lost_by_recovery_is_found() => Fires(
        DurableImage.Property,
        () => _image.Recovered(Found([At(1, 1)], State(3, 2)), powerWasLost: true));

    [Fact]
    public void An_entry_that_never_was_in_a_log_is_found() => Fires(
        DurableImage.Property,
        () => _image.Recovered(Found([At(1, 1), At(2, 1), At(3, 1)], State(3, 2)),
            powerWasLost: true));

    [Theory]
    [InlineData(2, 2)]
    [InlineData(3, 1)]
    [InlineData(3, 0)]
    public void A_term_or_vote_lost_by_recovery_is_found(ulong term, ulong vote) => Fires(
        DurableImage.Property,
        () => _image.Recovered(Found([At(1, 1), At(2, 1)], State(term, vote)),
            powerWasLost: true));

    private static RecoveredLog Found(LogPosition[] entries, HardState state) => new(entries, [], state);

    private static HardState State(ulong term, ulong vote) => new(new Term(term), new NodeId(vote), default);

    private static LogPosition At(ulong index, ulong term) => new(new LogIndex(index), new Term(term));
}
