using System.Buffers;
using Ikada.Log.Snapshots;
using Ikada.Primitives;
using Ikada.Simulation.Disk;
using Ikada.Testing.Logs;

namespace Ikada.Log.Tests.Conformance;

/// <summary>The write-ahead log, in the shape that the suite speaks, over any disk.</summary>
internal sealed class WalPlace(Func<IDisk> open) : ILogPlace
{
    private ulong _lives;

    public bool CanCutPower { get; init; }

    public ILogSubject Open()
    {
        var disk = open();
        var identity = NodeDirectory.Open(
            disk, LogFixture.Identity.Cluster, LogFixture.Identity.Node, new RandomSource(++_lives));
        return new Subject(disk, LogFixture.Open(disk, seed: _lives, identity: identity, opensGroup: false));
    }

    private sealed class Subject(IDisk disk, LogFixture log) : ILogSubject
    {
        public ILogGroupSubject OpenGroup(GroupId group, Membership membership) =>
            new Group(disk, log, log.Log.OpenGroup(group, membership), SnapshotShelf.Open(disk, group));

        public void Flush()
        {
            log.Pump();
            Assert.Null(log.Failure);
        }

        public void FlushIntoPowerCut(RandomSource random)
        {
            var simulated = (SimulatedDisk)disk;
            simulated.Faults.CrashAt(
                simulated.Faults.Operations + random.NextBelow(4), (CrashMoment)random.NextBelow(3));
            try
            {
                log.Pump();
            }
            catch (SimulatedCrashException)
            {
                // The usual case; else nothing was left to do, and the power fails right behind it.
                Assert.Null(log.Failure);
            }

            simulated.Crash(random);
        }

        public void Dispose() => (disk as IDisposable)?.Dispose();
    }

    private sealed class Group(IDisk disk, LogFixture log, GroupLog group, SnapshotShelf shelf)
        : ILogGroupSubject
    {
        public LogPosition Base => group.Base;

        public Membership BaseMembership => group.BaseMembership;

        public LogPosition Last => group.Last;

        public LogPosition Durable => group.Durable;

        public HardState FoundState => group.RecoveredHardState;

        public LogPosition? AcknowledgedEntry =>
            LastOf(log.Flushed.Where(it => it.Group == group.Group).Select(static it => it.Last));

        public HardState? AcknowledgedState =>
            LastOf(log.Saved.Where(it => it.Group == group.Group).Select(static it => it.State));

        public LogPosition? AcknowledgedBase =>
            LastOf(log.BasesSaved.Where(it => it.Group == group.Group).Select(static it => it.Position));

        public void Append(LogEntry entry) => group.Append([entry], 1);

        public void Truncate(LogIndex first) => group.Truncate(first);

        public void SaveHardState(Term term, NodeId vote) => group.SaveHardState(term, vote);

        public void NoteCommit(LogIndex commit) => group.NoteCommit(commit);

        public void Compact(LogPosition newBase, Membership membership) => group.Compact(newBase, membership);

        public void Reset(LogPosition newBase, Membership membership) => group.Reset(newBase, membership);

        public bool TryGetTerm(LogIndex index, out Term term) => group.TryGetTerm(index, out term);

        /// <summary>From memory as far as the tail has it, as the replica does, and else from the
        /// disk.</summary>
        public LogEntry[] Read(LogIndex first, LogIndex last, int bytesMax)
        {
            var read = new List<LogEntry>();
            var bytes = 0;
            for (var next = first; next <= last && group.TryGet(next, out var entry); next = next.Next)
            {
                bytes += entry.Body.Length + LogEntry.OverheadBytes;
                if (read.Count > 0 && bytes > bytesMax)
                {
                    break;
                }

                read.Add(entry);
            }

            if (read.Count > 0)
            {
                return [.. read];
            }

            var cookie = (ulong)log.Read.Count + 1;
            group.ReadBack(first, last, bytesMax, cookie);
            while (log.PumpOne())
            {
            }

            Assert.Null(log.Failure);
            return log.Read.Single(it => it.Cookie == cookie).Entries;
        }

        public void SaveSnapshot(LogPosition position, Membership membership, byte[] content)
        {
            var save = new SaveSnapshot(group.Group, position, membership, writer => writer.Write(content));
            save.Execute(disk);
            var verify = new VerifySnapshot(save.Result!);
            verify.Execute(disk);
            Assert.True(verify.IsGood);
        }

        public (LogPosition Position, Membership Membership, byte[] Content)? FoundSnapshot()
        {
            if (shelf.Newest is not { } newest)
            {
                return null;
            }

            var load = new LoadSnapshot(newest);
            load.Execute(disk);
            return (newest.Position, newest.Membership, load.Content!.Value.ToArray());
        }

        private static T? LastOf<T>(IEnumerable<T> all)
            where T : struct => all.Select(static it => (T?)it).LastOrDefault();
    }
}
