using System.Diagnostics.CodeAnalysis;
using Ikada;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>A node of a group in a program with a host.</summary>
public static class RaftServiceCollectionExtensions
{
    /// <summary>
    /// Runs a node of a group with the host. Adds the state machine (unless it is registered), and
    /// <see cref="IRaft{TMachine}"/> and <see cref="IRaft"/>, which may be asked for at any time: what is
    /// called before the host has started waits for the start.
    /// <para>The node starts before any hosted service does and stops after all of them. Its start restores
    /// the state machine and does not wait for a leader. What goes wrong then (an option, a damaged log, an
    /// address in use) ends the start of the host with its message. A node that has to stop by itself (a
    /// failed disk, a state machine that threw) stops the host; the reason is logged, and thrown when the
    /// host has stopped, so that the process does not end as if all were well.</para>
    /// </summary>
    /// <typeparam name="TMachine">The state machine: a <see cref="IStateMachine{TCommand, TResult}"/>, or a
    /// raw <see cref="Ikada.StateMachine.IStateMachine"/>.</typeparam>
    /// <param name="services">The services.</param>
    /// <param name="configure">Sets the options, after what <c>Configure&lt;RaftOptions&gt;</c> has set
    /// before.</param>
    /// <returns>For health checks and the like.</returns>
    /// <exception cref="InvalidOperationException">There is a group already that takes these
    /// options.</exception>
    public static RaftBuilder AddRaft<
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TMachine>(
        this IServiceCollection services, Action<RaftOptions>? configure = null)
        where TMachine : class => services.AddRaft<TMachine>(Options.Options.DefaultName, configure);

    /// <summary>The same for a program that has nodes of several groups: each has options of its own, by
    /// name. <see cref="IRaft"/> is the first of them.</summary>
    /// <typeparam name="TMachine">The state machine, of a type that no other group here has.</typeparam>
    /// <param name="services">The services.</param>
    /// <param name="optionsName">The name of the options.</param>
    /// <param name="configure">Sets them.</param>
    /// <returns>For health checks and the like.</returns>
    /// <exception cref="InvalidOperationException">There is a group already that takes these options, or has
    /// this state machine.</exception>
    public static RaftBuilder AddRaft<
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TMachine>(
        this IServiceCollection services, string optionsName, Action<RaftOptions>? configure)
        where TMachine : class
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(optionsName);
        ThrowIfTaken(services, optionsName, typeof(TMachine));
        services.AddSingleton(new RaftRegistration(optionsName, typeof(TMachine)));
        var options = services.AddOptions<RaftOptions>(optionsName).ValidateOnStart();
        if (configure is not null)
        {
            options.Configure(configure);
        }

        services.AddSingleton<IValidateOptions<RaftOptions>>(new RaftOptionsValidation(optionsName));
        services.TryAddSingleton<TMachine>();
        services.AddSingleton(provider => new HostedRaft<TMachine>(provider, optionsName));
        services.AddSingleton<IRaft<TMachine>>(
            provider => provider.GetRequiredService<HostedRaft<TMachine>>());
        services.TryAddSingleton<IRaft>(provider => provider.GetRequiredService<HostedRaft<TMachine>>());
        services.AddSingleton<IHostedService, RaftHostedService<TMachine>>();
        return new RaftBuilder(
            services, optionsName, provider => provider.GetRequiredService<HostedRaft<TMachine>>());
    }

    private static void ThrowIfTaken(IServiceCollection services, string optionsName, Type machine)
    {
        foreach (var service in services)
        {
            if (service.ServiceType != typeof(RaftRegistration)
                || service.ImplementationInstance is not RaftRegistration other)
            {
                continue;
            }

            if (other.Machine == machine)
            {
                throw new InvalidOperationException(
                    $"AddRaft<{machine.Name}> is called twice; each group of a program needs a state machine "
                        + "of a type of its own");
            }

            if (other.OptionsName == optionsName)
            {
                throw new InvalidOperationException(
                    $"AddRaft<{machine.Name}> would take the options of AddRaft<{other.Machine.Name}>, and "
                        + "so its directory and address; give one of them a name for its options, as in "
                        + $"AddRaft<{machine.Name}>(\"{machine.Name}\", options => …)");
            }
        }
    }
}
