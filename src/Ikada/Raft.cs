using System.Diagnostics.Metrics;
using Ikada.Node.Disk;
using Ikada.Sessions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ikada;

/// <summary>Starts a node of a group in this process. In a program with a host,
/// <c>services.AddRaft&lt;TStateMachine&gt;()</c> does it.</summary>
public static class Raft
{
    /// <summary>
    /// Opens the data directory, restores the state machine from snapshot and log, and connects to the other
    /// members. Does not wait for a leader: calls do. With <see cref="RaftOptions.Join"/> and an empty
    /// directory it waits until a member has let this node in.
    /// </summary>
    /// <typeparam name="TMachine">The state machine: a <see cref="IStateMachine{TCommand, TResult}"/>, or a
    /// raw <see cref="StateMachine.IStateMachine"/>.</typeparam>
    /// <param name="options">The settings.</param>
    /// <param name="machine">A fresh state machine, in no other use; or one that is durable by itself, with
    /// what it holds for this data directory.</param>
    /// <param name="loggers">Takes the logs; without it there are none.</param>
    /// <param name="meters">Makes the meters; without it the node makes its own.</param>
    /// <param name="cancellation">Gives up starting.</param>
    /// <returns>The running node. Disposing it hands leadership over, ends what is under way and seals the
    /// log.</returns>
    /// <exception cref="ArgumentException">An option is out of its range (named, with the range), or the
    /// machine implements neither contract.</exception>
    /// <exception cref="Log.LogOpenException">The directory is another node's or another group's, or what is
    /// in it is damaged and no other member can help; names file and offset, and the remedy.</exception>
    /// <exception cref="Log.DiskException">The disk could not be read or written.</exception>
    /// <exception cref="IOException">The address is in use.</exception>
    public static async Task<IRaft<TMachine>> StartAsync<TMachine>(
        RaftOptions options,
        TMachine machine,
        ILoggerFactory? loggers = null,
        IMeterFactory? meters = null,
        CancellationToken cancellation = default)
        where TMachine : class
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(machine);
        if (options.Validate() is { } problem)
        {
            throw new ArgumentException(problem, nameof(options));
        }

        var raw = RawMachineOf(machine, options);
        var replicated = options.Sessions is null ? raw : new SessionMachine(raw);
        var disk = new FileDisk(options.DataDirectory);
        try
        {
            var starter = new NodeStarter(options, disk, loggers ?? NullLoggerFactory.Instance, meters);
            var started = await starter.StartAsync(replicated, cancellation).ConfigureAwait(false);
            return new RunningRaft<TMachine>(
                new RaftParts(started.Node, started.Transport, started.Inquiries, started, disk), options,
                machine, raw);
        }
        catch
        {
            disk.Dispose();
            throw;
        }
    }

    /// <exception cref="ArgumentException">It implements neither contract.</exception>
    internal static StateMachine.IStateMachine RawMachineOf(object machine, RaftOptions options) =>
        machine switch
        {
            StateMachine.IStateMachine raw => raw,
            ITypedStateMachine typed => typed.Adapt(options),
            _ => throw new ArgumentException(
                $"{machine.GetType()} is no state machine: it must implement "
                    + "Ikada.IStateMachine<TCommand, TResult> or Ikada.StateMachine.IStateMachine",
                nameof(machine)),
        };
}
