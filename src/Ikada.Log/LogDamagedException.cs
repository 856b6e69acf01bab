namespace Ikada.Log;

/// <summary>A file of the log is corrupt, or may have lost what was acknowledged. Names file, offset and remedy.</summary>
public sealed class LogDamagedException(string message) : Exception(message);
