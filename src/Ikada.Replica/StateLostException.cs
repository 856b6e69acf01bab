using Ikada.Log;

namespace Ikada.Replica;

/// <summary>The state cannot be brought back from this node's snapshots, and nobody else can give it: names
/// the files and what to do.</summary>
public sealed class StateLostException(string message, Exception? inner = null)
    : LogOpenException(message, inner);
