namespace Ikada.Consensus.Tests.Replicating;

/// <summary>Entries put in place of damaged ones, beside plain lists of terms and sizes.</summary>
public sealed class RewrittenLog
{
    private const int Length = 12;

    [Fact]
    public void Random_rewrites_leave_what_plain_lists_have()
    {
        var random = new RandomSource(11);
        for (var round = 0; round < 300; round++)
        {
            var (view, terms, sizes) = Some(random);
            for (var step = 0; step < 5; step++)
            {
                Rewrite(random, view, terms, sizes);
                Compare(view, terms, sizes);
            }
        }
    }

    [Fact]
    public void What_replaces_the_log_makes_writes_of_before_stale()
    {
        var (view, _, _) = Some(new RandomSource(1));
        var before = view.Generation;

        view.ResetTo(Make.At(9, 20), NodeSetup.VotersOf(3));

        Assert.True(view.Generation > before);
        Assert.Equal(Make.At(9, 20), view.Last);
    }

    private static (LogView View, List<ulong> Terms, List<int> Sizes) Some(RandomSource random)
    {
        var view = new LogView(Make.At(1, 0), NodeSetup.VotersOf(3));
        List<ulong> terms = [1];
        List<int> sizes = [0];
        for (var index = 1; index <= Length; index++)
        {
            terms.Add(terms[^1] + (random.OneIn(3) ? (ulong)random.NextBelow(4) : 0));
            sizes.Add(random.NextBelow(50));
            view.Append(new EntryHeader(default, EntryKind.Command, sizes[^1]), new Term(terms[^1]));
        }

        var at = random.NextBelow(4);
        if (at > 0)
        {
            view.CompactTo(Make.At(terms[at], (ulong)at), NodeSetup.VotersOf(3));
        }

        return (view, terms, sizes);
    }

    // Some entries of known terms, and what follows them of lost ones up to a place.
    private static void Rewrite(RandomSource random, LogView view, List<ulong> terms, List<int> sizes)
    {
        var start = (int)view.Base.Index.Value + 1;
        var first = start + random.NextBelow(Length - start + 1);
        var last = first + random.NextBelow(Length - first + 1);
        var lostUpTo = last + random.NextBelow(Length - last + 1);
        var highest = lostUpTo < Length ? terms[lostUpTo + 1] : terms[first - 1] + 3;
        var entries = new EntryHeader[last - first + 1];
        for (var index = first; index <= lostUpTo; index++)
        {
            terms[index] = terms[index - 1];
            if (index <= last)
            {
                terms[index] += (ulong)random.NextBelow((int)(highest - terms[index - 1]) + 1);
                sizes[index] = random.NextBelow(50);
                entries[index - first] = new EntryHeader(
                    new Term(terms[index]), EntryKind.Command, sizes[index]);
            }
        }

        view.Rewrite(new LogIndex((ulong)first), entries, new LogIndex((ulong)lostUpTo));
    }

    private static void Compare(LogView view, List<ulong> terms, List<int> sizes)
    {
        var bytes = 0L;
        var start = view.Base.Index;
        Assert.Equal(Make.At(terms[^1], Length), view.Last);
        for (var index = (int)start.Value + 1; index <= Length; index++)
        {
            bytes += sizes[index] + LogEntry.OverheadBytes;
            Assert.Equal(terms[index], view.TermAt(new LogIndex((ulong)index)).Value);
            Assert.Equal(bytes, view.BytesBetween(start, new LogIndex((ulong)index)));
        }
    }
}
