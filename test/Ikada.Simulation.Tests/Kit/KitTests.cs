using System.Buffers.Binary;
using System.Globalization;
using System.Text.RegularExpressions;
using Ikada.Simulation.Kit;
using Ikada.StateMachine;

namespace Ikada.Simulation.Tests.Kit;

/// <summary>Mistakes of users' state machines: each must be found, and named as what it is.</summary>
public sealed partial class KitTests
{
    [Fact]
    public void A_machine_without_a_mistake_passes_with_all_faults()
    {
        var report = Cluster(() => new Tally()).WithModel(() => new TallyModel()).WithSeconds(10)
            .WithFaults("all").WithInvariant("not negative", tally => tally.Sum >= 0)
            .Run(seeds: 4);
        report.ThrowIfViolated();
        Assert.Equal(4, report.Seeds);
        Assert.True(report.Counts.Acknowledged > 100, $"{report.Counts.Acknowledged} commands");
        Assert.True(report.Counts.Reads > 50, $"{report.Counts.Reads} queries");
        Assert.Contains("everything holds", report.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Another_hash_on_every_node_is_named_with_its_first_index() =>
        Assert.Equal(
            20UL, FirstIndex(Found(() => new RandomHash(), KitProperties.Deterministic, "state hash")));

    [Fact]
    public void Another_result_on_every_node_is_named_with_its_first_index()
    {
        var violation = Found(() => new RandomResult(), KitProperties.Deterministic, "result");
        Assert.InRange(FirstIndex(violation), 20UL, 40UL);
        Assert.Contains("add ", violation.Description, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Another_state_behind_an_equal_hash_is_named_with_its_first_index(bool constantHash)
    {
        var violation = Found(
            () => new RandomState(constantHash), KitProperties.Deterministic, "other bytes in its snapshot");
        Assert.InRange(FirstIndex(violation), 20UL, 40UL);
        Assert.DoesNotContain("state hash", violation.Description, StringComparison.Ordinal);
    }

    [Fact]
    public void A_hash_that_depends_on_the_batches_is_named() =>
        Found(() => new LazyHash(), KitProperties.Deterministic, "state hash");

    [Fact]
    public void A_hash_that_never_changes_is_named() =>
        Found(() => new ConstantHash(), KitProperties.HashTells, "at all of");

    [Fact]
    public void A_machine_that_differs_only_from_run_to_run_is_named()
    {
        var salt = 0L;
        var violation = Cluster(() => new Salted(Volatile.Read(ref salt)))
            .WithEvents(line => salt += line.Contains("converged", StringComparison.Ordinal) ? 1 : 0)
            .Replay(seed: 3).Violation;
        Assert.Equal(KitProperties.Deterministic, violation!.Property);
        Assert.Contains(
            "two runs of the seed diverge, first at index 0: state hash", violation.Description,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Clients_that_draw_from_elsewhere_are_named()
    {
        var next = 0L;
        var violation = Violation(SimulatedCluster.Of(() => new Tally()).WithNodes(3).WithSeconds(2)
            .WithClients(3, _ => BitConverter.GetBytes(Interlocked.Increment(ref next))));
        Assert.Equal(KitProperties.RepeatableRequests, violation.Property);
    }

    [Fact]
    public void A_command_at_which_Apply_throws_is_named()
    {
        var violation = Found(() => new Throws(30), KitProperties.AppliesAll, "FormatException: no number");
        Assert.InRange(FirstIndex(violation), 30UL, 50UL);
    }

    [Theory]
    [InlineData(0, false, "the reference copy, in the empty state machine")]
    [InlineData(30, false, "the reference copy, after index")]
    [InlineData(0, true, "after it restored the snapshot of index")]
    public void A_state_of_which_no_snapshot_can_be_taken_is_named(
        ulong at, bool onlyRestored, string state)
    {
        var violation = Found(() => new ThrowsInSnapshot(at, onlyRestored), KitProperties.Captures, state);
        Assert.Contains("FormatException: no bytes", violation.Description, StringComparison.Ordinal);
    }

    [Fact]
    public void A_query_that_throws_is_named() =>
        Found(() => new ThrowsInQuery(), KitProperties.AnswersAll, "FormatException: no answer");

    [Fact]
    public void A_restore_that_loses_the_applied_index_is_named() =>
        Found(() => new ForgetsIndex(), KitProperties.Restores, "then its AppliedIndex is");

    [Fact]
    public void A_restore_of_another_state_is_named() =>
        Found(() => new RestoresOneMore(), KitProperties.Restores, "they differ from byte 8 on");

    [Fact]
    public void A_snapshot_that_leaves_something_out_is_named() =>
        Found(() => new ForgetsCount(), KitProperties.Restores, "of the state is not in the snapshot");

    [Fact]
    public void An_answer_from_an_older_state_is_found() =>
        Found(() => new LateView(), KitProperties.Linearizable, "a copy that was given the same commands");

    [Fact]
    public void A_mistake_that_every_copy_makes_is_found_by_the_model()
    {
        var violation = Violation(Cluster(() => new SkipsSevens()).WithModel(() => new TallyModel()));
        Assert.Equal(KitProperties.Model, violation.Property);
        Assert.Contains("the model has", violation.Description, StringComparison.Ordinal);
    }

    [Fact]
    public void An_invariant_is_named_with_the_command_that_broke_it()
    {
        var violation = Violation(
            Cluster(() => new Tally()).WithInvariant("small", tally => tally.Sum < 500));
        Assert.Equal("invariant: small", violation.Property);
        Assert.Matches("^does not hold after index [0-9]+, add [0-9]+$", violation.Description);
    }

    [Fact]
    public void A_snapshot_that_does_not_stay_is_named() =>
        Found(() => new LiveSnapshot(), KitProperties.Stays, "when it is written");

    [Fact]
    public void A_query_that_changes_the_state_is_named() =>
        Found(() => new CountsQueries(), KitProperties.QueriesOnly, "after sum at");

    [Fact]
    public void A_result_that_is_not_set_is_named() =>
        Found(() => new FirstResultOnly(), KitProperties.Deterministic, "the result none instead of");

    [Fact]
    public void A_mistake_with_batches_is_told_to_be_one() =>
        Found(() => new OneAtATime(), KitProperties.AppliesAll, "not so when commands come one at a time");

    [Fact]
    public void What_comes_in_one_run_of_two_is_named_as_chance()
    {
        var calls = 0;
        var violation = Cluster(() => new Tally())
            .WithInvariant("moody", _ => Interlocked.Increment(ref calls) != 500).Replay(seed: 3).Violation;
        Assert.Equal(KitProperties.Repeatable, violation!.Property);
        Assert.Contains("invariant: moody", violation.Description, StringComparison.Ordinal);
    }

    [Fact]
    public void A_factory_that_returns_one_machine_again_and_again_is_named()
    {
        var one = new Tally();
        Found(() => one, KitProperties.StartsEmpty, "the same object again");
    }

    [Fact]
    public void A_machine_that_keeps_itself_on_disk_is_refused_with_the_reason() =>
        Found(() => new TallyOnDisk(), KitProperties.StartsEmpty, "simulated nodes have no disk for it");

    private static SimulatedCluster<TMachine> Cluster<TMachine>(Func<TMachine> machine)
        where TMachine : class, IStateMachine => SimulatedCluster.Of(machine)
        .WithNodes(3)
        .WithSeconds(6)
        .WithCancellation(TestContext.Current.CancellationToken)
        .WithFaults("crash,lag")
        .WithClients(4, random => BitConverter.GetBytes((long)random.NextBelow(100)))
        .WithQueries(_ => [1], percent: 30)
        .WithText(request => request.Length == 1
            ? "sum" : $"add {BinaryPrimitives.ReadInt64LittleEndian(request)}");

    private static ClusterViolation Violation<TMachine>(SimulatedCluster<TMachine> cluster)
        where TMachine : class, IStateMachine
    {
        var report = cluster.Run(seeds: 12);
        return Assert.Throws<ClusterViolationException>(report.ThrowIfViolated).Violation;
    }

    private static ClusterViolation Found<TMachine>(Func<TMachine> machine, string property, string what)
        where TMachine : class, IStateMachine
    {
        var violation = Violation(Cluster(machine));
        Assert.True(violation.Property == property, violation.ToString());
        Assert.Contains(what, violation.Description, StringComparison.Ordinal);
        return violation;
    }

    private static ulong FirstIndex(ClusterViolation violation) => ulong.Parse(
        Index().Match(violation.Description).Groups[1].ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex("index ([0-9]+)")]
    private static partial Regex Index();
}
