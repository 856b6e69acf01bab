using Ikada.Primitives;
using static Ikada.Testing.Logs.ConformanceException;

namespace Ikada.Testing.Logs;

/// <summary>
/// What consensus asks of any log, whoever implements it and whatever disk it is over: each case gets an
/// empty place and throws <see cref="ConformanceException"/> where the log does something else.
/// </summary>
public static class LogConformance
{
    private static readonly GroupId One = new(7);
    private static readonly GroupId Two = new(8);

    /// <summary>All cases by name.</summary>
    public static IReadOnlyDictionary<string, Action<ILogPlace>> Cases { get; } =
        new SortedDictionary<string, Action<ILogPlace>>(StringComparer.Ordinal)
        {
            ["a new log is empty"] = ANewLogIsEmpty,
            ["appended entries are read, any range of them"] = AppendedEntriesAreRead,
            ["entries keep kind, version and bytes"] = EntriesKeepWhatTheyAre,
            ["acknowledged means durable"] = AcknowledgedMeansDurable,
            ["a restart finds entries, vote and commit"] = ARestartFindsAll,
            ["the newest vote is found"] = TheNewestVoteIsFound,
            ["truncated entries are gone, others take their place"] = TruncatedEntriesAreGone,
            ["a truncation of what is only queued leaves no trace"] = QueuedEntriesAreTakenBack,
            ["compaction moves the base and keeps the tail"] = CompactionKeepsTheTail,
            ["compaction of what is not durable yet"] = CompactionAheadOfTheDisk,
            ["compaction at or below the base does nothing"] = OldCompactionDoesNothing,
            ["a reset drops everything and goes on behind it"] = AResetDropsEverything,
            ["groups do not mix"] = GroupsDoNotMix,
            ["snapshots are found, the newest of them, with the log behind"] = SnapshotsAreFound,
        };

    private static void ANewLogIsEmpty(ILogPlace place)
    {
        using var log = place.Open();
        var group = log.OpenGroup(One, Members(1));
        Equal(default, group.Last, "the end of a new log");
        Equal(default, group.Base, "the base of a new log");
        Equal(default, group.FoundState, "the hard state of a new log");
        SameMembership(Members(1), group.BaseMembership);
        Unless(group.FoundSnapshot() is null, "a new log has a snapshot");
        Unless(group.TryGetTerm(default, out var term) && term == default, "index 0 has term 0");
        Unless(!group.TryGetTerm(new LogIndex(1), out _), "index 1 is held");
    }

    private static void AppendedEntriesAreRead(ILogPlace place)
    {
        using var log = place.Open();
        var group = log.OpenGroup(One, Members(1));
        Append(group, 1, 10, 1);
        Holds(group, 0, Run(1, 10, 1));
        log.Flush();
        Holds(group, 0, Run(1, 10, 1));
        Holds(group.Read(new LogIndex(4), new LogIndex(6), 1 << 20), Run(4, 6, 1));
        Equal(1, group.Read(new LogIndex(2), new LogIndex(10), 1).Length, "a read of one byte");
        var some = group.Read(new LogIndex(2), new LogIndex(10), 300).Length;
        Unless(some is > 1 and < 9, $"a read of 300 bytes gave {some} entries of 100");
        Equal(0, group.Read(new LogIndex(11), new LogIndex(12), 1000).Length, "a read behind the end");
    }

    private static void EntriesKeepWhatTheyAre(ILogPlace place)
    {
        LogEntry[] entries =
        [
            LogEntry.Create(One, new LogIndex(1), new Term(1), EntryKind.Empty, 1, default),
            LogEntry.Create(One, new LogIndex(2), new Term(1), EntryKind.Command, 3, new byte[] { 0 }),
            LogEntry.Create(One, new LogIndex(3), new Term(2), EntryKind.Membership, 1, Members(3).Encode()),
            LogEntry.Create(One, new LogIndex(4), new Term(9), EntryKind.Command, 1, new byte[9000]),
        ];
        Reopened(place, group => Array.ForEach(entries, group.Append), group =>
        {
            var found = group.Read(new LogIndex(1), new LogIndex(4), 1 << 20);
            Equal(entries.Length, found.Length, "entries found");
            for (var i = 0; i < entries.Length; i++)
            {
                var (wanted, read) = (entries[i], found[i]);
                Equal(wanted with { Body = default }, read with { Body = default }, "an entry");
                Unless(wanted.Body.Span.SequenceEqual(read.Body.Span), $"entry {i + 1} has other bytes");
            }
        });
    }

    private static void AcknowledgedMeansDurable(ILogPlace place)
    {
        using (var log = place.Open())
        {
            var group = log.OpenGroup(One, Members(1));
            Append(group, 1, 3, 1);
            group.SaveHardState(new Term(1), new NodeId(2));
            Equal(default, group.Durable, "durable before the flush");
            Unless(
                group.AcknowledgedEntry is null && group.AcknowledgedState is null,
                "acknowledged before the flush");
            log.Flush();
            Equal(At(3, 1), group.Durable, "durable after the flush");
            Equal(At(3, 1), group.AcknowledgedEntry, "acknowledged");
            Equal(new NodeId(2), group.AcknowledgedState?.Vote, "acknowledged vote");
            Append(group, 4, 5, 1);
        }

        using var again = place.Open();
        Holds(again.OpenGroup(One, Members(1)), 0, Run(1, 3, 1));
    }

    private static void ARestartFindsAll(ILogPlace place)
    {
        for (ulong life = 0; life < 4; life++)
        {
            using var log = place.Open();
            var group = log.OpenGroup(One, Members(9));
            var entries = new List<(ulong, ulong)>();
            for (ulong i = 1; i <= life * 5; i++)
            {
                entries.Add((i, ((i - 1) / 5) + 1));
            }

            Holds(group, 0, [.. entries]);
            Equal(life, group.FoundState.Term.Value, "the term found");
            Equal(life == 0 ? 0 : (life * 5) - 1, group.FoundState.Commit.Value, "the commit found");
            SameMembership(Members(9), group.BaseMembership);
            group.SaveHardState(new Term(life + 1), new NodeId(life + 1));
            Append(group, (life * 5) + 1, (life * 5) + 4, life + 1);
            log.Flush();
            group.NoteCommit(new LogIndex((life * 5) + 4));
            Append(group, (life * 5) + 5, (life * 5) + 5, life + 1);
            log.Flush();
        }
    }

    private static void TheNewestVoteIsFound(ILogPlace place) => Reopened(
        place,
        static group =>
        {
            group.SaveHardState(new Term(3), NodeId.None);
            group.SaveHardState(new Term(3), new NodeId(2));
            group.SaveHardState(new Term(5), NodeId.None);
            group.SaveHardState(new Term(5), new NodeId(1));
        },
        static group =>
        {
            Equal(5UL, group.FoundState.Term.Value, "term");
            Equal(new NodeId(1), group.FoundState.Vote, "vote");
        });

    private static void TruncatedEntriesAreGone(ILogPlace place)
    {
        using (var log = place.Open())
        {
            var group = log.OpenGroup(One, Members(1));
            Append(group, 1, 9, 1);
            log.Flush();
            group.Truncate(new LogIndex(4));
            Holds(group, 0, Run(1, 3, 1));
            Append(group, 4, 5, 2);
            log.Flush();
            Equal(At(5, 2), group.AcknowledgedEntry, "acknowledged");
            Holds(group, 0, [.. Run(1, 3, 1), .. Run(4, 5, 2)]);
        }

        using var again = place.Open();
        Holds(again.OpenGroup(One, Members(1)), 0, [.. Run(1, 3, 1), .. Run(4, 5, 2)]);
    }

    private static void QueuedEntriesAreTakenBack(ILogPlace place) => Reopened(
        place,
        static group =>
        {
            Append(group, 1, 9, 1);
            group.Truncate(new LogIndex(2));
            Append(group, 2, 3, 2);
            group.Truncate(new LogIndex(3));
        },
        static group => Holds(group, 0, [.. Run(1, 1, 1), .. Run(2, 2, 2)]));

    private static void CompactionKeepsTheTail(ILogPlace place)
    {
        using (var log = place.Open())
        {
            var group = log.OpenGroup(One, Members(1));
            Append(group, 1, 20, 2);
            log.Flush();
            group.Compact(At(15, 2), Members(3));
            Holds(group, 15, Run(16, 20, 2));
            log.Flush();
            Equal(At(15, 2), group.AcknowledgedBase, "acknowledged base");
        }

        using var again = place.Open();
        var found = again.OpenGroup(One, Members(9));
        Equal(At(15, 2), found.Base, "the base found");
        SameMembership(Members(3), found.BaseMembership);
        Holds(found, 15, Run(16, 20, 2));
        Equal(0, found.Read(new LogIndex(15), new LogIndex(20), 1000).Length, "a read from below the base");
        Append(found, 21, 22, 3);
        again.Flush();
        Holds(found, 15, [.. Run(16, 20, 2), .. Run(21, 22, 3)]);
    }

    private static void CompactionAheadOfTheDisk(ILogPlace place) => Reopened(
        place,
        static group =>
        {
            Append(group, 1, 9, 1);
            group.Compact(At(5, 1), Members(3));
            Append(group, 10, 11, 2);
        },
        static group =>
        {
            Equal(At(5, 1), group.Base, "the base found");
            Holds(group, 5, [.. Run(6, 9, 1), .. Run(10, 11, 2)]);
        });

    private static void OldCompactionDoesNothing(ILogPlace place) => Reopened(
        place,
        static group =>
        {
            Append(group, 1, 9, 1);
            group.Compact(At(5, 1), Members(3));
            group.Compact(At(5, 1), Members(4));
            group.Compact(At(2, 1), Members(4));
        },
        static group =>
        {
            Holds(group, 5, Run(6, 9, 1));
            SameMembership(Members(3), group.BaseMembership);
        });

    private static void AResetDropsEverything(ILogPlace place)
    {
        using (var log = place.Open())
        {
            var group = log.OpenGroup(One, Members(1));
            Append(group, 1, 9, 1);
            log.Flush();
            Append(group, 10, 12, 1);
            group.Reset(At(100, 4), Members(3));
            Equal(At(100, 4), group.Last, "the end after a reset");
            Append(group, 101, 102, 4);
            log.Flush();
            Equal(At(100, 4), group.AcknowledgedBase, "acknowledged base");
            Equal(At(102, 4), group.AcknowledgedEntry, "acknowledged");
        }

        using var again = place.Open();
        var found = again.OpenGroup(One, Members(1));
        Holds(found, 100, Run(101, 102, 4));
        SameMembership(Members(3), found.BaseMembership);
        Unless(!found.TryGetTerm(new LogIndex(9), out _), "what was dropped is held");
    }

    private static void GroupsDoNotMix(ILogPlace place)
    {
        using (var log = place.Open())
        {
            var (one, two) = (log.OpenGroup(One, Members(1)), log.OpenGroup(Two, Members(2)));
            for (ulong i = 1; i <= 10; i++)
            {
                Append(one, i, i, 1);
                Append(two, i, i, 2, Two);
                log.Flush();
            }

            one.Truncate(new LogIndex(8));
            two.Compact(At(8, 2), Members(3));
            two.SaveHardState(new Term(7), new NodeId(3));
            log.Flush();
        }

        using var again = place.Open();
        var (first, second) = (again.OpenGroup(One, Members(9)), again.OpenGroup(Two, Members(9)));
        Holds(first, 0, Run(1, 7, 1));
        Holds(second, 8, Run(9, 10, 2), Two);
        Equal((0UL, 7UL), (first.FoundState.Term.Value, second.FoundState.Term.Value), "terms");
        SameMembership(Members(1), first.BaseMembership);
        SameMembership(Members(3), second.BaseMembership);
    }

    private static void SnapshotsAreFound(ILogPlace place)
    {
        using (var log = place.Open())
        {
            var (one, two) = (log.OpenGroup(One, Members(1)), log.OpenGroup(Two, Members(2)));
            Append(one, 1, 20, 2);
            log.Flush();
            one.SaveSnapshot(At(5, 2), Members(1), "five"u8.ToArray());
            two.SaveSnapshot(At(50, 2), Members(1), "other"u8.ToArray());
            one.SaveSnapshot(At(15, 2), Members(3), "fifteen"u8.ToArray());
            one.Compact(At(15, 2), Members(3));
            log.Flush();
        }

        using var again = place.Open();
        var group = again.OpenGroup(One, Members(1));
        Holds(group, 15, Run(16, 20, 2));
        var found = group.FoundSnapshot();
        Unless(found is not null, "no snapshot is found");
        Equal(At(15, 2), found.Value.Position, "the newest snapshot");
        SameMembership(Members(3), found.Value.Membership);
        Unless(found.Value.Content.AsSpan().SequenceEqual("fifteen"u8), "the snapshot has other content");
    }

    /// <summary>Does something, makes it durable, and looks at it in the open log and after a
    /// restart.</summary>
    private static void Reopened(
        ILogPlace place, Action<ILogGroupSubject> work, Action<ILogGroupSubject> check)
    {
        using (var log = place.Open())
        {
            work(log.OpenGroup(One, Members(1)));
            log.Flush();
        }

        using var again = place.Open();
        check(again.OpenGroup(One, Members(1)));
    }

    private static LogPosition At(ulong index, ulong term) => new(new LogIndex(index), new Term(term));

    private static void Append(
        ILogGroupSubject group, ulong first, ulong last, ulong term, GroupId? id = null)
    {
        foreach (var (index, of) in Run(first, last, term))
        {
            group.Append(LogEntries.Make(id ?? One, index, of));
        }
    }

    private static (ulong Index, ulong Term)[] Run(ulong first, ulong last, ulong term)
    {
        var run = new (ulong, ulong)[last - first + 1];
        for (var i = 0; i < run.Length; i++)
        {
            run[i] = (first + (ulong)i, term);
        }

        return run;
    }

    /// <summary>A membership that can be told from others.</summary>
    private static Membership Members(ulong id) =>
        new([new Member(new NodeId(id), null, default)], [new NodeId(id)]);

    private static void SameMembership(Membership wanted, Membership found) => Unless(
        wanted.Encode().AsSpan().SequenceEqual(found.Encode()), $"membership {found} instead of {wanted}");

    /// <summary>The group holds exactly these behind its base, and says so in every way it can be
    /// asked.</summary>
    private static void Holds(
        ILogGroupSubject group, ulong from, (ulong Index, ulong Term)[] wanted, GroupId? id = null)
    {
        Equal(from, group.Base.Index.Value, "the base");
        Equal(wanted.Length == 0 ? from : wanted[^1].Index, group.Last.Index.Value, "the end");
        foreach (var (index, term) in wanted)
        {
            Unless(
                group.TryGetTerm(new LogIndex(index), out var held) && held.Value == term,
                $"entry {index} has term {held} instead of {term}");
        }

        Unless(!group.TryGetTerm(group.Last.Index.Next, out _), "something is held behind the end");
        if (wanted.Length > 0)
        {
            var found = group.Read(new LogIndex(wanted[0].Index), new LogIndex(wanted[^1].Index), 1 << 20);
            Holds(found, wanted, id);
        }
    }

    private static void Holds(LogEntry[] found, (ulong Index, ulong Term)[] wanted, GroupId? id = null)
    {
        Equal(wanted.Length, found.Length, "entries read");
        for (var i = 0; i < wanted.Length; i++)
        {
            LogEntries.CheckIs(found[i], id ?? One, wanted[i].Index, wanted[i].Term);
        }
    }
}
