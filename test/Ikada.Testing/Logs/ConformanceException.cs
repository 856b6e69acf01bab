using System.Diagnostics.CodeAnalysis;

namespace Ikada.Testing.Logs;

/// <summary>An implementation does not do what is asked of all.</summary>
public sealed class ConformanceException : Exception
{
    public ConformanceException(string message)
        : base(message)
    {
    }

    public ConformanceException()
    {
    }

    public ConformanceException(string message, Exception inner)
        : base(message, inner)
    {
    }

    internal static void Unless([DoesNotReturnIf(false)] bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new ConformanceException(otherwise);
        }
    }

    internal static void Equal<T>(T wanted, T found, string what) =>
        Unless(EqualityComparer<T>.Default.Equals(wanted, found), $"{what}: {found} instead of {wanted}");
}
