using System.Buffers;
using Ikada.Primitives;
using Ikada.StateMachine;

namespace Ikada.Sessions.Tests;

/// <summary>A machine that is durable by itself keeps the sessions in its own transactions.</summary>
public sealed class DurableMachines
{
    private readonly DurableTape.Medium _medium = new();

    [Fact]
    public void After_a_crash_between_any_two_transactions_the_replay_gives_the_same_answers_and_state()
    {
        for (var seed = 1UL; seed <= 12; seed++)
        {
            var random = new RandomSource(seed);
            var log = Batches.Log(random, 600);
            var whole = new Driver(padding: 60);
            var expected = log.Select(body => whole.Batch([body])[0].ToArray()).ToList();
            var medium = new DurableTape.Medium();
            var driver = new Driver(new DurableTape(medium, padding: 60));
            while (driver.Applied < (ulong)log.Count)
            {
                if (random.OneIn(4) && medium.Transactions.Count > 0)
                {
                    var left = random.NextBelow(medium.Transactions.Count + 1);
                    medium.Transactions.RemoveRange(
                        Math.Max(left, medium.Transactions.Count - 5),
                        Math.Min(medium.Transactions.Count - left, 5));
                    driver = new Driver(new DurableTape(medium, padding: 60));
                }

                var at = (int)driver.Applied;
                var count = Math.Min(log.Count - at, 1 + random.NextBelow(1 << random.NextBelow(10)));
                var answers = driver.Batch(log.GetRange(at, count));
                Assert.Equal(
                    expected.GetRange(at, count), answers.Select(one => one.ToArray()).ToList());
            }

            Assert.True(whole.Machine.StateHash == driver.Machine.StateHash, $"seed {seed}");
            Assert.Equal(whole.Machine.AnswerBytes, driver.Machine.AnswerBytes);
            Assert.Equal(whole.Machine.SessionCount, driver.Machine.SessionCount);
        }
    }

    [Fact]
    public void What_is_sent_again_after_a_crash_gets_the_first_answer()
    {
        var driver = Make();
        var session = driver.Open();
        var first = driver.Apply(Driver.Of(session, 1));

        driver = Make();
        var again = driver.Apply(Driver.Of(session, 1));

        Assert.Equal(1, Driver.NumberOf(first));
        Assert.Equal(1, Driver.NumberOf(again));
        Assert.Equal(2, Driver.NumberOf(driver.Apply(Driver.Of(session, 2))));
    }

    [Fact]
    public void Notes_of_what_was_acknowledged_or_has_expired_go()
    {
        var tape = new DurableTape(_medium, padding: 0);
        var driver = new Driver(tape);
        var session = driver.Open(new SessionOptions { IdleEntriesMax = 10 });
        for (var sequence = 1UL; sequence <= 5; sequence++)
        {
            driver.Apply(Driver.Of(session, sequence));
        }

        Assert.Equal(7, tape.Notes); // the head, the session, five answers
        driver.Apply(Driver.Of(session, 6, acknowledged: 5));
        Assert.Equal(3, tape.Notes);
        driver.Idle(driver.Applied + 20);
        Assert.Equal(1, tape.Notes);
    }

    [Fact]
    public void A_snapshot_carries_the_sessions()
    {
        var driver = Make();
        var session = driver.Open();
        driver.Apply(Driver.Of(session, 1));
        var snapshot = driver.Snapshot();
        var other = new Driver(new DurableTape(new DurableTape.Medium(), padding: 0));
        other.Open();

        using (var restore = other.Machine.BeginRestore())
        {
            restore.Write(snapshot.AsMemory(0, 10));
            restore.Write(snapshot.AsMemory(10));
            restore.Complete();
        }

        Assert.Equal(driver.Machine.StateHash, other.Machine.StateHash);
        Assert.Equal(1, Driver.NumberOf(other.Apply(Driver.Of(session, 1))));
        other.Machine.Restore(new ReadOnlySequence<byte>(snapshot));
        Assert.Equal(driver.Machine.StateHash, other.Machine.StateHash);
    }

    [Fact]
    public void It_is_as_durable_as_its_machine()
    {
        var driver = Make();
        driver.Idle(7);

        Assert.True(driver.Machine.IsDurable);
        Assert.Equal(7UL, driver.Machine.DurableAppliedIndex.Value);
    }

    [Fact]
    public void Notes_that_are_no_sessions_are_refused()
    {
        ((IDurableStateMachine)new DurableTape(_medium, 0)).Apply(
            [], new LogIndex(1), new Driver.Results(0), new Foreign());

        var wrong = Assert.Throws<InvalidDataException>(Make);

        Assert.Contains("not the sessions", wrong.Message, StringComparison.Ordinal);
    }

    private Driver Make() => new(new DurableTape(_medium, padding: 0));

    private sealed class Foreign : IApplyNotes
    {
        public void WriteTo(INoteWriter writer) => writer.Put("x"u8, "y"u8);
    }
}
