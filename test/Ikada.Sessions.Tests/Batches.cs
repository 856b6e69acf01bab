using System.Buffers;
using Ikada.Primitives;

namespace Ikada.Sessions.Tests;

/// <summary>Any log, put together into any batches and snapshots, is the same table everywhere.</summary>
public sealed class Batches
{
    private static readonly byte[] Wrong = [0];

    [Fact]
    public void How_commands_are_batched_makes_no_difference()
    {
        for (var seed = 1UL; seed <= 200; seed++)
        {
            var random = new RandomSource(seed);
            var log = Log(random, 600);
            var (single, batched) = (new Driver(padding: 60), new Driver(padding: 60));
            for (var at = 0; at < log.Count;)
            {
                var count = Math.Min(log.Count - at, 1 + random.NextBelow(1 << random.NextBelow(10)));
                var bodies = log.GetRange(at, count);
                var first = single.Applied + 1 + (ulong)(random.OneIn(5) ? random.NextBelow(300) : 0);
                var upTo = first + (ulong)count - 1 + (ulong)(random.OneIn(5) ? random.NextBelow(300) : 0);
                var one = bodies.Select((body, i) => single.Batch([body], first + (ulong)i)[0]).ToList();
                for (var index = first + (ulong)count; index <= upTo; index++)
                {
                    single.Idle(index);
                }

                var many = batched.Batch(bodies, first, upTo);
                for (var i = 0; i < count; i++)
                {
                    Assert.True(one[i].Span.SequenceEqual(many[i].Span), $"seed {seed} command {at + i}");
                }

                Assert.True(single.Machine.StateHash == batched.Machine.StateHash, $"seed {seed} at {upTo}");
                Assert.Equal(single.Snapshot(), batched.Snapshot());
                at += count;
            }
        }
    }

    [Fact]
    public void A_replica_that_was_restored_goes_on_as_the_others()
    {
        for (var seed = 1UL; seed <= 100; seed++)
        {
            var random = new RandomSource(seed);
            var log = Log(random, 300);
            var at = random.NextBelow(log.Count);
            var (whole, restored) = (new Driver(padding: 60), new Driver(padding: 60));
            whole.Batch(log.GetRange(0, at), first: 1);
            restored.Batch(log.GetRange(0, random.NextBelow(at + 1)), first: 1);
            restored.Machine.Restore(new ReadOnlySequence<byte>(whole.Snapshot()));
            Assert.Equal(whole.Snapshot(), restored.Snapshot());
            Assert.Equal(whole.Machine.StateHash, restored.Machine.StateHash);
            Assert.Equal(whole.Machine.AnswerBytes, restored.Machine.AnswerBytes);
            var rest = log.GetRange(at, log.Count - at);
            var expected = whole.Batch(rest, first: (ulong)at + 1);
            var answers = restored.Batch(rest, first: (ulong)at + 1);
            Assert.Equal(expected.Select(one => one.ToArray()), answers.Select(one => one.ToArray()));
            Assert.Equal(whole.Snapshot(), restored.Snapshot());
        }
    }

    [Fact]
    public void A_view_is_not_changed_by_what_is_applied_after_it()
    {
        var random = new RandomSource(5);
        var log = Log(random, 200);
        var driver = new Driver();
        driver.Batch(log.GetRange(0, 100));
        var before = driver.Snapshot();
        var view = driver.Machine.CaptureSnapshot();
        driver.Batch(log.GetRange(100, 100));
        var written = new ArrayBufferWriter<byte>();
        view.WriteTo(written);

        Assert.Equal(before, written.WrittenSpan.ToArray());
        Assert.Equal(100UL, view.AppliedIndex.Value);
    }

    [Fact]
    public void The_state_hash_tells_tables_apart_that_the_machine_under_them_does_not()
    {
        var (one, other) = (new Driver(), new Driver());
        one.Open();
        other.Open(new SessionOptions { SessionsMax = 9 });
        Assert.NotEqual(one.Machine.StateHash, other.Machine.StateHash);
    }

    // Few sessions under tight bounds, so that everything happens: each index is some session's id, perhaps.
    internal static List<byte[]> Log(RandomSource random, int length)
    {
        var log = new List<byte[]>(length);
        var options = new SessionOptions
        {
            SessionsMax = 1 + random.NextBelow(6), CommandsPerSessionMax = 1 + random.NextBelow(12),
            AnswerBytesMax = 1024 + random.NextBelow(2048), IdleEntriesMax = 20 + random.NextBelow(300),
        };
        var opened = new List<(ulong Id, ulong Next)>();
        for (var index = 1UL; index <= (ulong)length; index++)
        {
            if (opened.Count == 0 || random.OneIn(25))
            {
                opened.Add((index, 1));
                log.Add(SessionCommand.EncodeOpen(options));
                continue;
            }

            var at = Math.Max(0, opened.Count - 1 - random.NextBelow(5));
            var (id, next) = opened[at];
            var sequence = 1 + random.NextBelow(next + 2);
            opened[at] = (id, Math.Max(next, sequence));
            var acknowledged = random.OneIn(3) ? random.NextBelow(sequence) : 0;
            log.Add(random.NextBelow(12) switch
            {
                0 => SessionCommand.EncodePlain([(byte)index]),
                1 => Wrong,
                _ => SessionCommand.Encode(id, sequence, acknowledged, [(byte)index, (byte)sequence]),
            });
        }

        return log;
    }
}
