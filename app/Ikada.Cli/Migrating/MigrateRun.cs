using System.Diagnostics;
using Ikada.Api.Migrating;

namespace Ikada.Cli.Migrating;

/// <summary>One migration: copy, follow, verify, open.</summary>
/// <param name="source">What is left behind.</param>
/// <param name="target">What is filled.</param>
/// <param name="display">Is told how far it is.</param>
/// <param name="once">Cut over as soon as the target is level.</param>
/// <param name="signals">What the operator wants.</param>
internal sealed class MigrateRun(
    SourceStore source,
    TargetStore target,
    IMigrateDisplay display,
    bool once,
    MigrateSignals signals)
{
    private const int AttemptsMax = 5;

    /// <summary>How long servers may be away once the work has begun.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly CancellationToken _stop = signals.Stop;
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    /// <summary>Carries it out.</summary>
    public async Task<MigrateReport> RunAsync()
    {
        var bytes = await source.CheckAsync(_stop);
        var copied = await PrepareAsync(bytes);
        (source.Cluster.Patience, target.Cluster.Patience) = (Patience, Patience);
        var report = new MigrateReport();
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var copier = new Copier(source, target, display, _stop);
                if (!copied)
                {
                    report.Copied = await copier.RunAsync();
                    display.Say($"copied {report.Copied} keys at revision {copier.Revision}");
                }

                await using var follower = new Follower(source, target, display, copier, _stop);
                await follower.FollowAsync(once, signals);
                await CutOverAsync(follower, report);
                report.Elapsed = _clock.Elapsed;
                return report;
            }
            catch (SourceCompactedException compacted) when (attempt < AttemptsMax)
            {
                display.Say($"{compacted.Message}; starting again, attempt {attempt + 1} of {AttemptsMax}");
                await target.ClearAsync(_stop);
                copied = false;
            }
            catch (SourceCompactedException compacted)
            {
                throw new CliException(
                    $"migrate: {compacted.Message}, {AttemptsMax} times: let it keep its history for longer "
                    + "(--auto-compaction-retention), then empty the target by 'ikada migrate --abandon' and "
                    + "start again");
            }
        }
    }

    /// <summary>Looks whether the target can be filled. True: it is already, and only to be
    /// followed.</summary>
    private async Task<bool> PrepareAsync(long bytes)
    {
        var status = await target.StatusAsync(_stop);
        if (status.Header.ClusterId == source.Id)
        {
            throw new CliException(
                $"migrate: --from {source.Cluster.Names} and --to {target.Cluster.Names} are one cluster");
        }

        if (status.Phase is MigrationPhase.Following && status.SourceCluster == source.Id)
        {
            display.Say(
                $"going on with a migration that was interrupted, at revision {status.Header.Revision}");
            await target.ClaimAsync(status, _stop);
            return true;
        }

        if (status.Phase is MigrationPhase.Copying or MigrationPhase.Following or MigrationPhase.Clearing)
        {
            display.Say("removing what an interrupted migration has left");
            await target.ClearAsync(_stop);
        }
        else if (status.Phase is MigrationPhase.Done || status.Header.Revision > 1 || status.LeaseCount > 0)
        {
            throw new CliException(
                $"migrate: --to {target.Cluster.Names} is not empty: it stands at revision "
                + $"{status.Header.Revision} and has {status.LeaseCount} leases; name a new cluster");
        }

        if (status.QuotaBytes > 0 && bytes > status.QuotaBytes)
        {
            throw new CliException(
                $"migrate: --to {target.Cluster.Names} has a quota of {status.QuotaBytes} bytes, --from has "
                + $"{bytes} bytes of data: raise --quota-backend-bytes of its members");
        }

        return false;
    }

    private async Task CutOverAsync(Follower follower, MigrateReport report)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await VerifyAsync(follower, report);
                break;
            }
            catch (SourceCompactedException compacted) when (attempt < AttemptsMax)
            {
                display.Say($"{compacted.Message} while it was compared; comparing a newer one");
            }
        }

        if (report.Differences > 0)
        {
            return;
        }

        // What has come since is as exact, and leases go on where they are now.
        var leases = await source.LeasesAsync(_stop);
        await follower.CatchUpAsync(await source.RevisionAsync(_stop));
        await SyncLeasesAsync(leases);
        await target.OpenAsync(_stop);
        (report.Opened, report.Followed) = (target.Revision, follower.Revisions);
        report.Lost = await source.RevisionAsync(_stop) - target.Revision;
    }

    private async Task VerifyAsync(Follower follower, MigrateReport report)
    {
        var leases = await source.LeasesAsync(_stop);
        await follower.CatchUpAsync(await source.RevisionAsync(_stop));
        await SyncLeasesAsync(leases);
        report.Verified = target.Revision;
        var verification = new Verification(source, target, display);
        await verification.KeysAsync(target.Revision, _stop);
        var isStill = await source.RevisionAsync(_stop) == target.Revision;
        report.Leases = await verification.LeasesAsync(leases, isStill, _stop);
        (report.Keys, report.Differences, report.Told) =
            (verification.Keys, verification.Differences, verification.Told);
    }

    /// <summary>Brings the leases of the source. Of those it has no more, the deletions have been followed:
    /// it was asked for its leases first, then for its revision.</summary>
    private async Task SyncLeasesAsync(SortedDictionary<long, MigratedLease> leases)
    {
        var gone = target.KnownLeases.Where(id => !leases.ContainsKey(id)).Order()
            .Select(id => new MigratedLease { Id = id });
        await target.LeasesAsync([.. leases.Values, .. gone], _stop);
    }
}

/// <summary>How a migration ended.</summary>
internal sealed class MigrateReport
{
    public long Copied { get; set; }

    public long Followed { get; set; }

    public long Keys { get; set; }

    public long Leases { get; set; }

    /// <summary>The revision at which both were compared.</summary>
    public long Verified { get; set; }

    public int Differences { get; set; }

    public IReadOnlyList<string> Told { get; set; } = [];

    /// <summary>The revision at which the target was opened; 0: it was not.</summary>
    public long Opened { get; set; }

    /// <summary>How many revisions the source has made that the target will never get.</summary>
    public long Lost { get; set; }

    public TimeSpan Elapsed { get; set; }
}
