namespace Ikada.Sessions.Tests;

public sealed class Expiry
{
    private const ulong TrimInterval = 256;
    private static readonly SessionOptions Two = new() { SessionsMax = 2 };
    private readonly Driver _log = new(padding: 100);

    [Fact]
    public void One_more_than_there_may_be_and_the_least_recently_used_session_goes()
    {
        var (first, second) = (_log.Open(Two), _log.Open(Two));
        _log.Apply(Driver.Of(first, 1)); // opened before the second, and used after it
        var third = _log.Open(Two);

        Assert.Equal(2, _log.Machine.SessionCount);
        Assert.Equal(SessionResultKind.Expired, _log.Apply(Driver.Of(second, 1)).Kind);
        Assert.Equal(SessionResultKind.Applied, _log.Apply(Driver.Of(first, 2)).Kind);
        Assert.Equal(SessionResultKind.Applied, _log.Apply(Driver.Of(third, 1)).Kind);
    }

    [Fact]
    public void A_duplicate_is_a_use()
    {
        var (first, second) = (_log.Open(Two), _log.Open(Two));
        _log.Batch([Driver.Of(first, 1), Driver.Of(second, 1), Driver.Of(first, 1)]);
        _log.Open(Two);

        Assert.Equal(SessionResultKind.Expired, _log.Apply(Driver.Of(second, 1)).Kind);
        Assert.Equal(1, Driver.NumberOf(_log.Apply(Driver.Of(first, 1))));
    }

    [Fact]
    public void The_bounds_of_the_last_session_opened_are_in_force()
    {
        var sessions = Enumerable.Range(0, 5).Select(_ => _log.Open()).ToArray();
        Assert.Equal(5, _log.Machine.SessionCount);
        _log.Open(Two);

        Assert.Equal(2, _log.Machine.SessionCount);
        Assert.Equal(SessionResultKind.Applied, _log.Apply(Driver.Of(sessions[4], 1)).Kind);
        Assert.Equal(SessionResultKind.Expired, _log.Apply(Driver.Of(sessions[3], 1)).Kind);
    }

    [Fact]
    public void A_session_keeps_the_window_it_was_opened_with()
    {
        var wide = _log.Open(new SessionOptions { CommandsPerSessionMax = 9 });
        _log.Open(new SessionOptions { CommandsPerSessionMax = 2 });

        Assert.Equal(SessionResultKind.Applied, _log.Apply(Driver.Of(wide, 9)).Kind);
    }

    [Fact]
    public void A_session_that_is_not_used_for_so_many_indexes_expires()
    {
        var options = new SessionOptions { IdleEntriesMax = 10 };
        var (kept, idle) = (_log.Open(options), _log.Open(options));
        _log.Idle(10);
        _log.Apply(Driver.Of(kept, 1)); // index 11
        Assert.Equal(2, _log.Machine.SessionCount);
        _log.Idle(12);

        Assert.Equal(1, _log.Machine.SessionCount); // used last at 2
        Assert.Equal(SessionResultKind.Expired, _log.Apply(Driver.Of(idle, 1)).Kind);
        Assert.Equal(SessionResultKind.Applied, _log.Apply(Driver.Of(kept, 2), index: 20).Kind);
        Assert.Equal(SessionResultKind.Expired, _log.Apply(Driver.Of(kept, 3), index: 31).Kind);
    }

    [Fact]
    public void Answers_beyond_the_bound_cost_the_least_recently_used_sessions_every_256_indexes()
    {
        var options = new SessionOptions { AnswerBytesMax = 1500, CommandsPerSessionMax = 8 };
        var (old, idle, busy) = (_log.Open(options), _log.Open(options), _log.Open(options));
        _log.Batch([.. Enumerable.Range(1, 8).Select(one => Driver.Of(old, (ulong)one))]);
        _log.Batch([.. Enumerable.Range(1, 8).Select(one => Driver.Of(busy, (ulong)one))]);
        var bytes = 16 * (1 + 108 + 32);
        Assert.Equal(bytes, _log.Machine.AnswerBytes);
        _log.Idle(TrimInterval - 1);
        Assert.Equal(3, _log.Machine.SessionCount);
        _log.Idle(TrimInterval);

        Assert.Equal(bytes / 2, _log.Machine.AnswerBytes);
        Assert.Equal(SessionResultKind.Expired, _log.Apply(Driver.Of(idle, 1)).Kind);
        Assert.Equal(SessionResultKind.Expired, _log.Apply(Driver.Of(old, 1)).Kind);
        Assert.Equal(9, Driver.NumberOf(_log.Apply(Driver.Of(busy, 1))));
    }

    [Fact]
    public void What_the_answers_of_a_run_come_to_is_known_before_what_follows_the_bound_is_decided()
    {
        var options = new SessionOptions { AnswerBytesMax = 1500, CommandsPerSessionMax = 100 };
        var (idle, busy) = (_log.Open(options), _log.Open(options));
        var bodies = Enumerable.Range(1, 10).Select(one => Driver.Of(busy, (ulong)one)).ToList();
        bodies.Add(Driver.Of(busy, 11, acknowledged: 10)); // at 256
        bodies.Add(Driver.Of(idle, 1));
        var results = _log.Batch(bodies, first: TrimInterval - 10);
        Assert.Equal(SessionResultKind.Applied, SessionResult.Decode(results[^1]).Kind);

        bodies = [.. Enumerable.Range(12, 11).Select(one => Driver.Of(busy, (ulong)one, 11))];
        bodies.Add(Driver.Of(idle, 2));
        results = _log.Batch(bodies, first: (2 * TrimInterval) - 10);
        Assert.Equal(SessionResultKind.Expired, SessionResult.Decode(results[^1]).Kind);
    }

    [Fact]
    public void A_session_that_goes_while_its_command_is_under_way_takes_its_answer_along()
    {
        var one = new SessionOptions { SessionsMax = 1 };
        var session = _log.Open(one);
        var results = _log.Batch(
            [Driver.Of(session, 1), SessionCommand.EncodeOpen(one), Driver.Of(session, 1)]);

        Assert.Equal(1, Driver.NumberOf(SessionResult.Decode(results[0])));
        Assert.Equal(SessionResultKind.Expired, SessionResult.Decode(results[2]).Kind);
        Assert.Equal(0, _log.Machine.AnswerBytes);
    }
}
