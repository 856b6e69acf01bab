using Ikada.Primitives;
using Ikada.Simulation.Disk;

namespace Ikada.Log.Tests;

public sealed class TruncationTests
{
    [Fact]
    public void A_late_completion_never_claims_an_entry_that_took_the_place_of_the_one_it_wrote()
    {
        var log = LogFixture.Open(new SimulatedDisk());
        log.Pump();
        log.Append(1, 1, generation: 1);
        log.Append(2, 1, generation: 1);
        log.Append(3, 1, generation: 1);
        log.Log.Flush();
        var complete = log.ExecuteOne();
        log.Log7.Truncate(new LogIndex(2));
        log.Append(2, 1, size: 60, generation: 2);
        complete();
        Assert.Equal((1UL, 1UL), (Assert.Single(log.Flushed).Last.Index.Value, log.Flushed[0].Generation));
        Assert.Equal(1UL, log.Log7.Durable.Index.Value);
        log.Pump();
        Assert.Equal((2UL, 2UL), (log.Flushed[^1].Last.Index.Value, log.Flushed[^1].Generation));
    }

    [Fact]
    public void A_batch_whose_entries_were_all_removed_claims_nothing()
    {
        var log = LogFixture.Open(new SimulatedDisk());
        log.Pump();
        log.Append(1, 1);
        log.Log.Flush();
        log.Log7.Truncate(new LogIndex(1));
        log.Pump();
        Assert.Empty(log.Flushed);
        Assert.Equal(0UL, log.Log7.Durable.Index.Value);
    }

    [Fact]
    public void Entries_taken_back_before_the_disk_saw_them_are_never_written()
    {
        var disk = new SimulatedDisk();
        var log = LogFixture.Open(disk);
        log.Append(1, 1);
        log.Pump();
        log.Append(2, 1);
        log.Append(3, 1);
        log.Log7.Truncate(new LogIndex(2));
        log.Append(2, 4, size: 77);
        log.Log7.Truncate(new LogIndex(1));
        log.Append(1, 5, size: 78);
        log.Pump();
        var again = LogFixture.Open(disk.DurableSnapshot());
        Assert.Equal(LogFixture.Entry(1, 5, 78).Checksum, Assert.Single(again.ReadAll()).Checksum);
        Assert.Equal(2, again.Log.Recovered.Entries);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void Random_appends_and_truncations_are_found_as_a_plain_list_holds_them(ulong seed)
    {
        var random = new RandomSource(seed);
        var disk = new SimulatedDisk();
        var log = LogFixture.Open(disk);
        var list = new List<LogEntry>();
        ulong term = 1;
        var commit = 0;
        for (var step = 0; step < 400; step++)
        {
            if (random.OneIn(6) && list.Count > commit)
            {
                var keep = commit + random.NextBelow(list.Count - commit + 1);
                log.Log7.Truncate(new LogIndex((ulong)keep + 1));
                list.RemoveRange(keep, list.Count - keep);
                term++;
            }
            else
            {
                var entry = LogFixture.Entry((ulong)list.Count + 1, term, random.NextBelow(3000));
                log.Log7.Append([entry], term);
                list.Add(entry);
            }

            if (random.OneIn(3))
            {
                log.Log.Flush();
            }

            if (random.OneIn(3))
            {
                log.PumpOne();
            }

            if (random.OneIn(9) && log.Log7.Durable.Index.Value > (ulong)commit)
            {
                commit = (int)log.Log7.Durable.Index.Value;
                log.Log7.NoteCommit(new LogIndex((ulong)commit));
            }
        }

        log.Pump();
        Assert.Equal(list.Select(static e => e.Checksum), log.ReadAll().Select(static e => e.Checksum));
        var again = LogFixture.Open(disk.DurableSnapshot());
        Assert.Equal(list.Select(static e => e.Checksum), again.ReadAll().Select(static e => e.Checksum));
        var terms = new List<ulong>();
        again = LogFixture.Open(disk.DurableSnapshot());
        again.Log7.VisitRecovered(entry => terms.Add(entry.Term.Value));
        Assert.Equal(list.Select(static e => e.Term.Value), terms);
    }
}
