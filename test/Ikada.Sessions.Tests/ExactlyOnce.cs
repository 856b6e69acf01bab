namespace Ikada.Sessions.Tests;

/// <summary>Section 6.3 of the dissertation: what a client sends more than once is applied once.</summary>
public sealed class ExactlyOnce
{
    private readonly Driver _log = new();

    [Fact]
    public void A_duplicate_is_not_applied_and_gets_the_first_answer()
    {
        var session = _log.Open();
        var first = Driver.NumberOf(_log.Apply(Driver.Of(session, 1)));
        _log.Apply(Driver.Of(session, 2));

        Assert.Equal(first, Driver.NumberOf(_log.Apply(Driver.Of(session, 1))));
        Assert.Equal(2, _log.Tape.Commands.Count);
    }

    [Fact]
    public void A_duplicate_in_the_same_batch_is_not_applied_and_gets_the_first_answer()
    {
        var session = _log.Open();
        var results = _log.Batch([
            Driver.Of(session, 1), Driver.Of(session, 2), Driver.Of(session, 1), Driver.Of(session, 3)]);

        Assert.Equal([1L, 2, 1, 3], results.Select(one => Driver.NumberOf(SessionResult.Decode(one))));
        Assert.Equal(3, _log.Tape.Commands.Count);
    }

    [Fact]
    public void Numbers_may_come_out_of_order()
    {
        var session = _log.Open();
        foreach (var sequence in new ulong[] { 3, 1, 9, 2, 20 })
        {
            _log.Apply(Driver.Of(session, sequence));
        }

        Assert.Equal(5, _log.Tape.Commands.Count);
        Assert.Equal(1, Driver.NumberOf(_log.Apply(Driver.Of(session, 3))));
        Assert.Equal(4, Driver.NumberOf(_log.Apply(Driver.Of(session, 2))));
        Assert.Equal(5, Driver.NumberOf(_log.Apply(Driver.Of(session, 20))));
        Assert.Equal(5, _log.Tape.Commands.Count);
    }

    [Fact]
    public void Sessions_do_not_share_their_numbers()
    {
        var (one, other) = (_log.Open(), _log.Open());
        _log.Apply(Driver.Of(one, 1));

        Assert.Equal(2, Driver.NumberOf(_log.Apply(Driver.Of(other, 1))));
    }

    [Fact]
    public void The_id_of_a_session_is_the_index_of_the_command_that_opened_it()
    {
        _log.Idle(41);

        Assert.Equal(42UL, _log.Open());
    }

    [Fact]
    public void What_is_acknowledged_is_forgotten_and_what_follows_it_is_not()
    {
        var session = _log.Open();
        _log.Batch([Driver.Of(session, 1), Driver.Of(session, 2), Driver.Of(session, 3)]);
        _log.Apply(Driver.Of(session, 4, acknowledged: 2));

        Assert.Equal(SessionResultKind.Superseded, _log.Apply(Driver.Of(session, 1)).Kind);
        Assert.Equal(SessionResultKind.Superseded, _log.Apply(Driver.Of(session, 2)).Kind);
        Assert.Equal(3, Driver.NumberOf(_log.Apply(Driver.Of(session, 3))));
        Assert.Equal(4, _log.Tape.Commands.Count);
    }

    [Fact]
    public void A_late_copy_of_what_was_given_up_is_not_applied()
    {
        var session = _log.Open();
        _log.Apply(Driver.Of(session, 2, acknowledged: 1));

        Assert.Equal(SessionResultKind.Superseded, _log.Apply(Driver.Of(session, 1)).Kind);
        Assert.Single(_log.Tape.Commands);
    }

    [Fact]
    public void An_acknowledgement_never_goes_back()
    {
        var session = _log.Open();
        _log.Apply(Driver.Of(session, 3, acknowledged: 2));
        _log.Apply(Driver.Of(session, 4, acknowledged: 1));

        Assert.Equal(SessionResultKind.Superseded, _log.Apply(Driver.Of(session, 2)).Kind);
    }

    [Fact]
    public void An_acknowledgement_may_jump_over_more_than_is_kept()
    {
        var session = _log.Open();
        _log.Batch([Driver.Of(session, 1), Driver.Of(session, 6)]);
        _log.Apply(Driver.Of(session, ulong.MaxValue, acknowledged: ulong.MaxValue - 1));

        Assert.Equal(32 + 1 + 8, _log.Machine.AnswerBytes);
        Assert.Equal(3, Driver.NumberOf(_log.Apply(Driver.Of(session, ulong.MaxValue))));
    }

    [Fact]
    public void A_number_beyond_the_window_is_told_so_and_not_applied()
    {
        var session = _log.Open(new SessionOptions { CommandsPerSessionMax = 5 });

        Assert.Equal(SessionResultKind.WindowExceeded, _log.Apply(Driver.Of(session, 6)).Kind);
        Assert.Equal(1, Driver.NumberOf(_log.Apply(Driver.Of(session, 5))));
        Assert.Equal(2, Driver.NumberOf(_log.Apply(Driver.Of(session, 6, acknowledged: 1))));
    }

    [Fact]
    public void A_session_that_never_was_is_expired()
    {
        Assert.Equal(SessionResultKind.Expired, _log.Apply(Driver.Of(7, 1)).Kind);
        Assert.Empty(_log.Tape.Commands);
    }

    [Fact]
    public void A_command_without_a_session_is_applied_each_time()
    {
        var plain = SessionCommand.EncodePlain("p"u8);
        var results = _log.Batch([plain, plain]);

        Assert.Equal([1L, 2], results.Select(one => Driver.NumberOf(SessionResult.Decode(one))));
        Assert.All(_log.Tape.Commands, command => Assert.Equal("p"u8.ToArray(), command));
    }

    [Fact]
    public void The_machine_is_given_commands_in_runs()
    {
        var session = _log.Open();
        _log.Tape.Runs.Clear();
        _log.Batch([
            Driver.Of(session, 1), SessionCommand.EncodePlain("p"u8), Driver.Of(99, 1),
            SessionCommand.EncodeOpen(new SessionOptions()), Driver.Of(session, 2)]);

        Assert.Equal([3], _log.Tape.Runs);
    }

    [Fact]
    public void A_query_goes_to_the_machine_as_it_is()
    {
        var answer = new System.Buffers.ArrayBufferWriter<byte>();
        _log.Machine.Query("what"u8, answer);

        Assert.Equal("what"u8.ToArray(), answer.WrittenSpan.ToArray());
    }

    public static TheoryData<byte[]> Garbage() => new()
    {
        Array.Empty<byte>(), new byte[] { 0 }, "raw"u8.ToArray(), new byte[] { 0xE1 },
        new byte[] { 0xE2, 1, 2 }, new byte[] { 0xF0 }, new byte[] { 0xDF },
        new byte[25].Prepend((byte)0xE1).ToArray(), // bounds of 0
        new byte[24].Prepend((byte)0xE2).ToArray(), // no session, no number
        Driver.Of(1, 3, 2)[..24],
        Driver.Of(1, 3, 2).Select((one, at) => at == 17 ? (byte)3 : one).ToArray(), // acknowledges itself
    };

    [Theory]
    [MemberData(nameof(Garbage))]
    public void What_is_no_command_changes_nothing_and_is_told_so(byte[] body)
    {
        _log.Open();

        Assert.Equal(SessionResultKind.Malformed, _log.Apply(body).Kind);
        Assert.Empty(_log.Tape.Commands);
        Assert.Equal(2UL, _log.Applied);
    }

    [Theory]
    [InlineData(0xE3)]
    [InlineData(0xEF)]
    public void A_kind_of_a_newer_program_stops_the_node(byte kind)
    {
        var wrong = Assert.Throws<InvalidDataException>(() => _log.Apply([kind]));

        Assert.Contains("index 1", wrong.Message, StringComparison.Ordinal);
        Assert.Contains("newer program", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_machine_that_is_durable_and_keeps_no_notes_is_refused()
    {
        var wrong = Assert.Throws<ArgumentException>(
            () => new SessionMachine(new Tape { DurableAppliedIndex = new(1) }));
        Assert.Contains("IDurableStateMachine", wrong.Message, StringComparison.Ordinal);

        _log.Tape.DurableAppliedIndex = new(1); // says so only once it has applied something
        Assert.Throws<InvalidOperationException>(() => _log.Idle(1));
    }
}
