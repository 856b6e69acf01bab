namespace Ikada.Log;

/// <summary>Damage took a newer vote than any that can be read, so the member must not vote under its
/// incarnation any more. It goes on as a wiped one, with an empty log under a new incarnation
/// (<see cref="NodeDirectory.StartOver"/>), and is then to be added again.</summary>
public sealed class LogLostException(string message) : LogOpenException(message);
