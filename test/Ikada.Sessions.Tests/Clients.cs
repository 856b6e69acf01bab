using Ikada.Primitives;

namespace Ikada.Sessions.Tests;

public sealed class Clients
{
    [Fact]
    public void Acknowledges_as_far_as_every_command_has_ended()
    {
        var client = new SessionClient(5, 8);
        for (var i = 1UL; i <= 4; i++)
        {
            Assert.True(client.TryBegin(out var sequence));
            Assert.Equal(i, sequence);
        }

        client.End(3);
        client.End(2);
        Assert.Equal(0UL, client.AcknowledgedUpTo);
        Assert.Equal(2, client.Unanswered);
        client.End(1);
        Assert.Equal(3UL, client.AcknowledgedUpTo);
        Assert.Equal(1, client.Unanswered);
        Assert.Equal(SessionCommand.Encode(5, 4, 3, "c"u8), client.Encode(4, "c"u8));
    }

    [Fact]
    public void Begins_nothing_that_the_session_has_no_room_for()
    {
        var client = new SessionClient(5, 2);
        Assert.True(client.TryBegin(out _) && client.TryBegin(out _));
        client.End(2);
        Assert.False(client.TryBegin(out _));
        client.End(1);
        Assert.True(client.TryBegin(out var third));
        Assert.Equal(3UL, third);
    }

    [Fact]
    public void What_is_not_under_way_is_misuse()
    {
        var client = new SessionClient(5, 8);
        client.TryBegin(out _);
        client.TryBegin(out _);
        client.End(2);
        Assert.Throws<ArgumentOutOfRangeException>(() => client.End(2));
        Assert.Throws<ArgumentOutOfRangeException>(() => client.End(3));
        Assert.Throws<ArgumentOutOfRangeException>(() => client.End(0));
        client.End(1);
        Assert.Throws<ArgumentOutOfRangeException>(() => client.Encode(1, []));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SessionClient(0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SessionClient(1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SessionClient(1, 65_537));
    }

    [Fact]
    public void Copies_in_any_order_are_applied_once_and_all_get_the_first_answer()
    {
        for (var seed = 1UL; seed <= 50; seed++)
        {
            var random = new RandomSource(seed);
            var window = 1 + random.NextBelow(9);
            var log = new Driver();
            var client = new SessionClient(log.Open(new() { CommandsPerSessionMax = window }), window);
            var flying = new List<(ulong Sequence, byte[] Body)>();
            var answers = new Dictionary<ulong, long>();
            for (var step = 0; step < 400; step++)
            {
                if (random.OneIn(3) && client.TryBegin(out var begun))
                {
                    flying.Add((begun, client.Encode(begun, [(byte)begun])));
                }
                else if (flying.Count > 0)
                {
                    var at = random.NextBelow(flying.Count);
                    var (sequence, body) = flying[at];
                    Take(log, client, answers, sequence, body);
                    if (random.OneIn(2))
                    {
                        flying.RemoveAt(at);
                    }
                }
            }

            Assert.Equal(answers.Count, log.Tape.Commands.Count);
        }
    }

    // A copy is committed; whether the client hears of it or has long ended the command.
    private static void Take(
        Driver log, SessionClient client, Dictionary<ulong, long> answers, ulong sequence, byte[] body)
    {
        var result = log.Apply(body);
        if (result.Kind == SessionResultKind.Superseded)
        {
            Assert.True(sequence <= client.AcknowledgedUpTo);
            return;
        }

        var number = Driver.NumberOf(result);
        if (answers.TryAdd(sequence, number))
        {
            client.End(sequence);
        }

        Assert.Equal(answers[sequence], number);
    }
}
