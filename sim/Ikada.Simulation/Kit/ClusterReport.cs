using System.Globalization;
using Ikada.Simulation.Coverage;
using Ikada.Simulation.Faults;

namespace Ikada.Simulation;

/// <summary>What the runs of a simulated cluster came to.</summary>
public sealed class ClusterReport
{
    internal ClusterReport(int seeds, RunCounts counts, TimeSpan virtualTime, ClusterViolation? violation) =>
        (Seeds, Counts, VirtualTime, Violation) = (seeds, counts, virtualTime, violation);

    /// <summary>How many seeds were run, each twice.</summary>
    public int Seeds { get; }

    /// <summary>What happened in one run of each seed, in numbers.</summary>
    public RunCounts Counts { get; }

    /// <summary>How long one run of each seed lasted, together, in the clusters' time.</summary>
    public TimeSpan VirtualTime { get; }

    /// <summary>The violation of the lowest seed that has one; null: everything holds.</summary>
    public ClusterViolation? Violation { get; }

    /// <summary>Does nothing if everything holds.</summary>
    /// <exception cref="ClusterViolationException">Something does not; the message says what, and how to
    /// see it again.</exception>
    public void ThrowIfViolated()
    {
        if (Violation is { } violation)
        {
            throw new ClusterViolationException(violation);
        }
    }

    // A line, where copies of commands came by.
    private string SessionLine
    {
        get
        {
            var (first, late) = (Counts.MarksOf(Mark.CopyAnswered), Counts.MarksOf(Mark.CopySuperseded));
            var expired = Counts.MarksOf(Mark.SessionExpired);
            return first + late + expired == 0 ? string.Empty : string.Create(
                CultureInfo.InvariantCulture,
                $"  sessions  {first} copies got the first answer, {late} came when their client had ended "
                + $"the command, {expired} sessions were told to have expired\n");
        }
    }

    /// <summary>The violation, or the numbers in a few lines.</summary>
    public override string ToString()
    {
        if (Violation is { } violation)
        {
            return violation.ToString();
        }

        var faults = new List<string>();
        for (var kind = (FaultKind)0; (int)kind < FaultSet.KindCount; kind++)
        {
            if (Counts.FaultsOf(kind) is > 0 and var struck)
            {
                faults.Add(string.Create(CultureInfo.InvariantCulture, $"{FaultSet.NameOf(kind)} {struck}"));
            }
        }

        var counts = Counts;
        var (taken, installed) = (counts.Storage.Taken, counts.Storage.Installed);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"""
            {Seeds} seeds, each twice: everything holds in {VirtualTime.TotalSeconds:F0} virtual seconds
              clients   {counts.Acknowledged} commands acknowledged, {counts.Reads} queries answered,
                        {counts.Refused} operations refused, {counts.Unknown} with an unknown outcome
            {SessionLine}  cluster   {counts.Elections} elections, {taken} snapshots, {installed} installed
              faults    {(faults.Count == 0 ? "none" : string.Join(", ", faults))}
            """);
    }
}
