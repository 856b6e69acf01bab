using System.Runtime.InteropServices;
using Ikada.Consensus;
using Ikada.Log;
using Ikada.Primitives;

namespace Ikada.Replica;

/// <summary>
/// The part of a damaged log between consensus and the log: tells the one what the other could not read, puts
/// in place what others supply, and supplies them. Supplying has its own reads from the disk, few at a time,
/// so that it never holds up a leader's appends; what does not fit is dropped, since whoever asked asks
/// again.
/// </summary>
internal sealed class LogRepair(ConsensusCore core, GroupLog log, IReplicaPorts ports, int bytesMax)
{
    // Apart from the cookies of apply and of appends.
    private const ulong CookieBit = 1ul << 63;
    private const int ReadsMax = 4;
    private readonly SortedDictionary<ulong, (Message Message, Term LastTerm)> _reading = [];
    private readonly List<LogEntry> _entries = [];
    private ulong _reads;

    /// <summary>What the log's recovery found, for consensus to start from.</summary>
    public static RestoredLog Restore(ReplicaStart start)
    {
        var log = start.Log;
        var restored = new RestoredLog(
            log.Base, log.BaseMembership, log.RecoveredHardState, start.Opened.Applied)
        {
            Identity = start.Identity, IsUnsure = log.IsUnsure, IsStartedOver = log.IsStartedOver,
            LostHardState = log.IsHardStateLost, IsStateMissing = start.Opened.IsStateMissing,
            Snapshot = start.Opened.Snapshot, IsInstallCompleted = start.Opened.IsInstallCompleted,
        };
        log.VisitRecovered(entry =>
        {
            if (entry.IsDamaged)
            {
                restored.AddDamaged(entry.Last, entry.Term);
                return;
            }

            restored.Add(new EntryHeader(
                entry.Term, entry.Kind, entry.SizeBytes,
                HeaderBuffer.DecodeMembership(entry.Index, entry.Kind, entry.MembershipBody)));
        });
        return restored;
    }

    /// <summary>How many entries they are.</summary>
    public static ulong Count(IReadOnlyList<DamagedRange> ranges)
    {
        var count = 0ul;
        for (var i = 0; i < ranges.Count; i++)
        {
            count += ranges[i].Last - ranges[i].First + 1;
        }

        return count;
    }

    /// <summary>Whether a read from the disk is one of these.</summary>
    public static bool Owns(ulong cookie) => (cookie & CookieBit) != 0;

    /// <summary>Sends an EntryReply with its entries: from memory, or when they have come from the
    /// disk.</summary>
    public void Supply(in Message message, Term lastTerm)
    {
        if (message.Reject)
        {
            _ = ports.Send(message, default);
            return;
        }

        _entries.Clear();
        for (var index = message.Position.Index.Next; index <= message.End; index = index.Next)
        {
            if (!log.TryGet(index, out var entry))
            {
                Read(message, lastTerm);
                return;
            }

            _entries.Add(entry);
        }

        Send(message, lastTerm);
    }

    /// <summary>Entries came from the disk; perhaps not all that the message was to carry.</summary>
    public void EntriesRead(ulong cookie, ReadOnlySpan<LogEntry> entries)
    {
        if (_reading.Remove(cookie, out var waiting) && !entries.IsEmpty)
        {
            _entries.Clear();
            _entries.AddRange(entries);
            Send(waiting.Message, waiting.LastTerm);
        }
    }

    /// <summary>Puts received entries in place of damaged ones.</summary>
    public void Replace(in Effect effect, ReadOnlySpan<LogEntry> received) =>
        log.Repair(received.Slice(effect.Skip, (int)(effect.Last - effect.First) + 1));

    /// <summary>After each step: once it is known that nothing is missing at the log's end, no later start is
    /// to doubt it again.</summary>
    public void After()
    {
        if (log.IsUnsure && !core.IsLogInDoubt)
        {
            log.NoteSure();
        }
    }

    private void Read(in Message message, Term lastTerm)
    {
        if (_reading.Count < ReadsMax)
        {
            var cookie = CookieBit | ++_reads;
            _reading.Add(cookie, (message, lastTerm));
            log.ReadBack(message.Position.Index.Next, message.End, bytesMax, cookie);
        }
    }

    private void Send(in Message message, Term lastTerm)
    {
        // As long as the log holds the last entry it was made for, it holds all before it (§5.3).
        if (!core.Holds(new LogPosition(message.End, lastTerm)))
        {
            return;
        }

        foreach (var entry in _entries)
        {
            if (!core.Holds(entry.Position))
            {
                return;
            }
        }

        _ = ports.Send(message with { End = _entries[^1].Index }, CollectionsMarshal.AsSpan(_entries));
    }
}
