namespace Ikada.Replica.Tests;

/// <summary>The heartbeat of a process that stands in for those of its sleeping groups.</summary>
public sealed class Pulse : IPulsePeers
{
    private static readonly ConsensusOptions Options = new()
    {
        HeartbeatInterval = TimeSpan.FromMilliseconds(100), ElectionTimeout = TimeSpan.FromSeconds(1),
        QuiesceAfter = TimeSpan.FromSeconds(5),
    };

    private static readonly NodeId Two = new(2);
    private static readonly NodeId Three = new(3);
    private readonly List<NodeId> _silent = [];
    private readonly HostPulse _pulse;
    private int _beats;

    public Pulse() => _pulse = new HostPulse(Options, this, At(0));

    [Fact]
    public void It_beats_each_heartbeat_interval_and_not_more_often()
    {
        for (var at = 0; at <= 1000; at += 20)
        {
            _pulse.Beat(At(at));
        }

        Assert.Equal(11, _beats);
        Assert.Equal(At(1100), _pulse.Deadline);
    }

    [Fact]
    public void Who_is_not_heard_for_an_election_timeout_is_reported_once_until_it_is_heard_again()
    {
        _pulse.Heard(Two, At(0));
        BeatUntil(0, 900, heard: Three);
        Assert.Empty(_silent);
        BeatUntil(900, 3000, heard: Three);
        Assert.Equal([Two], _silent);
        _pulse.Heard(Two, At(3000));
        BeatUntil(3000, 3900, heard: Three);
        Assert.Equal([Two], _silent);
        BeatUntil(3900, 4100, heard: Three);
        Assert.Equal([Two, Two], _silent);
    }

    [Fact]
    public void Several_are_reported_in_the_order_in_which_they_were_first_heard()
    {
        _pulse.Heard(Three, At(0));
        _pulse.Heard(Two, At(0));
        _pulse.Heard(Three, At(0));
        BeatUntil(0, 1200, heard: default);
        Assert.Equal([Three, Two], _silent);
    }

    [Fact]
    public void Who_was_never_heard_or_has_closed_its_connection_is_not_reported()
    {
        _pulse.Heard(Two, At(0));
        _pulse.Closed(Two);
        _pulse.Closed(Three);
        BeatUntil(0, 2000, heard: default);
        Assert.Empty(_silent);
    }

    [Fact]
    public void A_process_that_was_itself_stopped_gives_the_others_as_long_again()
    {
        BeatUntil(0, 500, heard: Two);
        _pulse.Beat(At(9000));
        BeatUntil(9000, 9900, heard: default);
        Assert.Empty(_silent);
        BeatUntil(9900, 10_000, heard: default);
        Assert.Equal([Two], _silent);
    }

    [Fact]
    public void Where_groups_do_not_sleep_there_is_no_pulse()
    {
        var pulse = new HostPulse(Options with { QuiesceAfter = TimeSpan.Zero }, this, At(0));
        pulse.Heard(Two, At(0));
        pulse.Beat(At(10_000));
        Assert.Equal(Instant.Never, pulse.Deadline);
        Assert.Equal((0, 0), (_beats, _silent.Count));
    }

    void IPulsePeers.Beat() => _beats++;

    void IPulsePeers.Silent(NodeId peer, Instant now) => _silent.Add(peer);

    private void BeatUntil(int from, int to, NodeId heard)
    {
        for (var at = from; at <= to; at += 100)
        {
            if (!heard.IsNone)
            {
                _pulse.Heard(heard, At(at));
            }

            _pulse.Beat(At(at));
        }
    }

    private static Instant At(int milliseconds) =>
        new(TimeSpan.FromMilliseconds(milliseconds).Ticks);
}
