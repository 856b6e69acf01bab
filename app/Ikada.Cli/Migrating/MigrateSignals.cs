using System.Runtime.InteropServices;

namespace Ikada.Cli.Migrating;

/// <summary>What the operator wants. SIGINT (Ctrl-C) cuts over once the target follows; before, and a second
/// time, it stops. SIGTERM always stops: whoever ends a program does not mean to cut over.</summary>
internal sealed class MigrateSignals : IDisposable
{
    private readonly CancellationTokenSource _cutOver = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private volatile bool _isFollowing;

    /// <summary>Nothing is to be changed any more.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>Takes the signals of the process.</summary>
    public static MigrateSignals Listen()
    {
        var signals = new MigrateSignals();
        signals._registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, signal =>
        {
            signal.Cancel = true;
            signals.Interrupt();
        }));
        signals._registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
        {
            signal.Cancel = true;
            signals.Terminate();
        }));
        return signals;
    }

    /// <summary>From here on the operator may cut over.</summary>
    public CancellationToken BeginFollowing()
    {
        _isFollowing = true;
        return _cutOver.Token;
    }

    public void Interrupt() =>
        (_isFollowing && !_cutOver.IsCancellationRequested ? _cutOver : _stop).Cancel();

    public void Terminate() => _stop.Cancel();

    public void Dispose()
    {
        _registrations.ForEach(registration => registration.Dispose());
        _cutOver.Dispose();
        _stop.Dispose();
    }
}
