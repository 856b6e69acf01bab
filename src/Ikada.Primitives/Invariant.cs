using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Ikada.Primitives;

/// <summary>
/// Checks of what must always hold, on in every build. A failure is a bug of ours (or memory gone bad): it
/// stops the node, since going on could only spread it.
/// </summary>
public static class Invariant
{
    /// <summary>Throws <see cref="InvariantException"/> unless <paramref name="condition"/> holds. The
    /// message is formatted only on failure.</summary>
    public static void Check(
        [DoesNotReturnIf(false)] bool condition,
        [InterpolatedStringHandlerArgument(nameof(condition))] InvariantMessage message)
    {
        if (!condition)
        {
            throw new InvariantException(message.ToString());
        }
    }
}

/// <summary>A broken invariant, with the numbers that broke it.</summary>
public sealed class InvariantException : Exception
{
    /// <summary>Makes one.</summary>
    public InvariantException(string message)
        : base(message)
    {
    }

    /// <summary>Makes one.</summary>
    public InvariantException()
    {
    }

    /// <summary>Makes one.</summary>
    public InvariantException(string message, Exception inner)
        : base(message, inner)
    {
    }
}

/// <summary>Formats an invariant's message only when the invariant is broken.</summary>
[InterpolatedStringHandler]
public readonly ref struct InvariantMessage
{
    private readonly StringBuilder? _text;

    /// <summary>Called by the compiler.</summary>
    public InvariantMessage(int literalLength, int formattedCount, bool condition, out bool enabled)
    {
        enabled = !condition;
        _text = enabled ? new StringBuilder(literalLength + (formattedCount * 8)) : null;
    }

    /// <summary>Called by the compiler.</summary>
    public void AppendLiteral(string text) => _text?.Append(text);

    /// <summary>Called by the compiler.</summary>
    public void AppendFormatted<T>(T value) =>
        _text?.Append(CultureInfo.InvariantCulture, $"{value}");

    /// <inheritdoc/>
    public override string ToString() => _text?.ToString() ?? string.Empty;
}
