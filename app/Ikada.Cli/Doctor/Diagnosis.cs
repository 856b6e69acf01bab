using Ikada.Cli.Doctor.Rules;

namespace Ikada.Cli.Doctor;

/// <summary>From facts to verdicts: all rules, one after the other. A pure function.</summary>
internal static class Diagnosis
{
    private static readonly Func<Facts, IEnumerable<Verdict>>[] Rules =
    [
        QuorumRule.Judge, ReachRule.Judge, AlarmRule.Judge, StateRule.Judge, DiskRule.Judge, LagRule.Judge,
        SnapshotRule.Judge, VersionRule.Judge, OtherErrors.Judge,
    ];

    public static IReadOnlyList<Verdict> Of(Facts facts) =>
        [.. Rules.SelectMany(rule => rule(facts)).OrderByDescending(verdict => verdict.Level)];
}
