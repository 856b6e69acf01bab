using Ikada;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Health checks of a node.</summary>
public static class RaftHealthChecksBuilderExtensions
{
    /// <summary>Adds the checks of the <see cref="IRaft"/> that is registered, by <c>AddRaft</c> or
    /// otherwise: live (it runs), ready (it knows a leader and has caught up since its start), quorum (it
    /// leads a majority or hears a leader), disk (neither full nor stuck nor damaged) and lag (how far the
    /// state machine is behind). What fails says why and what helps.</summary>
    /// <param name="builder">The health checks of the program.</param>
    /// <param name="configure">Sets from where on a node counts as unhealthy.</param>
    /// <exception cref="ArgumentException">An option is out of its range; named, with the range.</exception>
    public static IHealthChecksBuilder AddRaft(
        this IHealthChecksBuilder builder, Action<RaftHealthOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddRaft(
            provider => provider.GetRequiredService<IRaft>(), new RaftHealthOptions(), configure);
    }

    /// <summary>Adds the same checks of this group. They are named after its options, where these have a
    /// name; see <see cref="AddRaft(IHealthChecksBuilder, Action{RaftHealthOptions})"/>.</summary>
    /// <param name="builder">The group.</param>
    /// <param name="configure">Sets from where on a node counts as unhealthy.</param>
    /// <exception cref="ArgumentException">An option is out of its range; named, with the range.</exception>
    public static RaftBuilder AddHealthChecks(
        this RaftBuilder builder, Action<RaftHealthOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var options = new RaftHealthOptions();
        if (builder.OptionsName.Length > 0)
        {
            options.Prefix = builder.OptionsName;
        }

        builder.Services.AddHealthChecks().AddRaft(builder.Raft, options, configure);
        return builder;
    }

    private static IHealthChecksBuilder AddRaft(
        this IHealthChecksBuilder builder,
        Func<IServiceProvider, IRaft> raft,
        RaftHealthOptions options,
        Action<RaftHealthOptions>? configure)
    {
        configure?.Invoke(options);
        if (options.Validate() is { } problem)
        {
            throw new ArgumentException(problem, nameof(configure));
        }

        // It remembers that the node has caught up, so it is made once.
        RaftReadyCheck? ready = null;
        return builder
            .Add(options, "live", provider => new RaftHealthCheck(raft(provider), _ => null))
            .Add(options, "ready", provider => LazyInitializer.EnsureInitialized(
                ref ready, () => new RaftReadyCheck(raft(provider), options)))
            .Add(options, "quorum", provider => new RaftHealthCheck(raft(provider), RaftHealth.Quorum))
            .Add(options, "disk", provider =>
                new RaftHealthCheck(raft(provider), status => RaftHealth.Disk(status, options)))
            .Add(options, "lag", provider =>
                new RaftHealthCheck(raft(provider), status => RaftHealth.Lag(status, options)));
    }

    private static IHealthChecksBuilder Add(
        this IHealthChecksBuilder builder,
        RaftHealthOptions options,
        string name,
        Func<IServiceProvider, IHealthCheck> check) =>
        builder.Add(new HealthCheckRegistration(
            $"{options.Prefix}-{name}", check, HealthStatus.Unhealthy, ["raft", name]));
}
