using Microsoft.Extensions.DependencyInjection;

namespace Ikada;

/// <summary>What can be added to a group that <c>AddRaft</c> has registered.</summary>
public sealed class RaftBuilder
{
    internal RaftBuilder(
        IServiceCollection services, string optionsName, Func<IServiceProvider, IRaft> raft) =>
        (Services, OptionsName, Raft) = (services, optionsName, raft);

    /// <summary>The services of the program.</summary>
    public IServiceCollection Services { get; }

    /// <summary>The name of the group's options; empty where the program has one group.</summary>
    public string OptionsName { get; }

    /// <summary>The group's node.</summary>
    internal Func<IServiceProvider, IRaft> Raft { get; }
}
