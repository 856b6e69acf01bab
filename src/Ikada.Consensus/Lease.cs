using Ikada.Primitives;

namespace Ikada.Consensus;

/// <summary>
/// Lease reads (diss. §6.4.1, DESIGN §7, A lost leader and leases). A leader asks for a lease with a round of
/// heartbeats; a voter that answers promises to let nobody be elected for that long. With the promises of a
/// majority the leader knows, until the lease ends, that nobody else commits, and reads without asking.
/// <para>
/// Invariant: a lease ends before the promises it rests on. It is counted from when the round was sent, a
/// promise from when it was received, which is later; and it is shorter, a promise longer, by what two clocks
/// may differ. docs/protocol/reads.md has, for each rule, the story that goes wrong without it.
/// </para>
/// </summary>
internal sealed class Lease
{
    // A round that is answered only after so many later ones was lost for this purpose.
    private const int RoundsKept = 64;
    private readonly ConsensusState _state;
    private readonly SentRound[] _rounds = new SentRound[RoundsKept];
    private TimeSpan _promised;
    private Membership? _tooOld;

    public Lease(ConsensusState state, bool mayHaveLost)
    {
        _state = state;
        // What was promised before a restart is not on the disk, but that leases were on is: a promise is
        // made only where the log says so. Of a damaged log we cannot know.
        _promised = state.Log.Memberships.LongestLease();
        if (state.Damage.Ranges.Count > 0 || state.Damage.IsUnsure || mayHaveLost)
        {
            _promised = Longer(_promised, state.Options.ElectionTimeout);
        }

        PromisedUntil = state.Now + Lengthen(_promised);
    }

    /// <summary>Until when this node lets nobody be elected, itself included.</summary>
    public Instant PromisedUntil { get; private set; }

    /// <summary>Whether a promise stands: no vote, no pre-vote, no candidacy, whatever has become of the
    /// connection to the leader.</summary>
    public bool HasPromised => _state.Now < PromisedUntil;

    /// <summary>The last entry that may be compacted as far as promises go: while one stands, a restart must
    /// find in the log that leases were on.</summary>
    public LogIndex CompactionLimit =>
        HasPromised ? _state.Log.Memberships.LastThatKeepsLease(_promised) : new LogIndex(ulong.MaxValue);

    /// <summary>Returns what is wrong with a lease of that length (zero: off) under these settings, naming
    /// value and range, or null.</summary>
    public static string? Validate(TimeSpan lease, ConsensusOptions options)
    {
        var longest = options.ElectionTimeout
            - Share(options.ElectionTimeout, options.ClockDriftPerMillionMax);
        return lease >= TimeSpan.Zero && lease <= longest
            ? null
            : $"a lease of {lease.TotalMilliseconds} ms: it must be 0 (off) to {longest.TotalMilliseconds}"
                + $" ms, which is ElectionTimeout ({options.ElectionTimeout.TotalMilliseconds} ms) less the"
                + $" clocks' drift ({options.ClockDriftPerMillionMax} millionths)";
    }

    /// <summary>Leader: the lease to ask for with the next round; zero: none. What is not committed yet may
    /// be unknown to the next leader's voters, and what is being turned off is off here at once.</summary>
    public TimeSpan Wanted()
    {
        if (_state.Leadership.Transfer.HasSentTimeoutNow)
        {
            // Whoever got it may be elected at any time, by voters that have promised us not to.
            return TimeSpan.Zero;
        }

        var newest = _state.Log.Membership.Lease;
        return newest == TimeSpan.Zero
            ? newest
            : Shorter(newest, _state.Log.MembershipAt(_state.Commit).Lease);
    }

    /// <summary>Leader: a round is being sent that asks for a lease of that length.</summary>
    public void RoundSent(ulong round, TimeSpan length) =>
        _rounds[round % RoundsKept] = new SentRound(round, _state.Now, length);

    /// <summary>Leader: a member answered the round and promised what it asked.</summary>
    public void Granted(Progress peer, ulong round)
    {
        var sent = _rounds[round % RoundsKept];
        if (sent.Round == round && sent.Length > TimeSpan.Zero)
        {
            peer.LeaseUntil = Later(peer.LeaseUntil, sent.At + Shorten(sent.Length));
        }
    }

    /// <summary>Leader: until when its lease lasts, by the promises of a majority (of both in a joint state)
    /// of the membership now; not after now if it has none.</summary>
    public Instant Until()
    {
        if (Wanted() == TimeSpan.Zero)
        {
            return default;
        }

        var membership = _state.Log.Membership;
        return Instant.Min(PromisedBy(membership.Voters), PromisedBy(membership.OutgoingVoters));
    }

    /// <summary>Leader: what was granted counts no more.</summary>
    public void Drop()
    {
        Array.Clear(_rounds);
        foreach (var peer in _state.Leadership.Peers)
        {
            peer.LeaseUntil = default;
        }
    }

    /// <summary>Voter: the leader asks for a promise of that length. Returns whether it is given, from now
    /// on.
    /// </summary>
    public bool TryPromise(ulong ticks)
    {
        // Only what a restart will find: in this node's own log, durable, and committed so that it is never
        // cut.
        var kept = LogIndex.Min(_state.Commit, _state.Durable);
        var known = _state.Log.MembershipAt(kept);
        if (ticks == 0 || ticks > (ulong)known.Lease.Ticks || ReferenceEquals(known, _tooOld)
            || _state.IsInstalling)
        {
            return false;
        }

        var length = TimeSpan.FromTicks((long)ticks);
        _promised = HasPromised ? Longer(_promised, length) : length;
        PromisedUntil = Later(PromisedUntil, _state.Now + Lengthen(length));
        return true;
    }

    /// <summary>
    /// Follower: a snapshot with this membership is to replace the log, and with it the trace that leases
    /// were on. While a promise stands that it would not show, it must wait; and under what the log says now
    /// no further promise is made, or it would wait for ever.
    /// </summary>
    public bool MustKeepLog(Membership membership)
    {
        var mustKeep = HasPromised && membership.Lease < _promised;
        _tooOld = mustKeep ? _state.Log.MembershipAt(LogIndex.Min(_state.Commit, _state.Durable)) : null;
        return mustKeep;
    }

    private Instant PromisedBy(ReadOnlySpan<NodeId> voters)
    {
        Span<LogIndex> untils = voters.Length <= 16 ? stackalloc LogIndex[voters.Length]
            : new LogIndex[voters.Length];
        for (var i = 0; i < voters.Length; i++)
        {
            // The leader does not elect anybody else while it leads.
            var until = voters[i] == _state.Self ? Instant.Never
                : _state.Leadership.Find(voters[i])?.LeaseUntil ?? default;
            untils[i] = new LogIndex((ulong)Math.Max(0, until.Ticks));
        }

        return new Instant((long)Math.Min(Quorum.CommittedIndex(untils).Value, long.MaxValue));
    }

    private TimeSpan Lengthen(TimeSpan length) =>
        length + Share(length, _state.Options.ClockDriftPerMillionMax);

    private TimeSpan Shorten(TimeSpan length) =>
        length - Share(length, _state.Options.ClockDriftPerMillionMax);

    // Rounded up, to the safe side of both.
    private static TimeSpan Share(TimeSpan length, int perMillion) =>
        new((long)(((Int128)length.Ticks * perMillion + 999_999) / 1_000_000));

    private static TimeSpan Longer(TimeSpan left, TimeSpan right) => left > right ? left : right;

    private static TimeSpan Shorter(TimeSpan left, TimeSpan right) => left < right ? left : right;

    private static Instant Later(Instant left, Instant right) => left > right ? left : right;

    private readonly record struct SentRound(ulong Round, Instant At, TimeSpan Length);
}
