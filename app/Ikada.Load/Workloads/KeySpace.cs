using System.Text;

namespace Ikada.Load.Workloads;

/// <summary>Keys <c>prefix000…0</c> to <c>prefix…N-1</c>, all of one length.</summary>
/// <param name="Prefix">What they begin with.</param>
/// <param name="Count">How many there are.</param>
public sealed record KeySpace(string Prefix, int Count)
{
    private const int Digits = 12;

    /// <summary>Bytes of a key.</summary>
    public int KeyBytes => Prefix.Length + Digits;

    public byte[] Key(int number)
    {
        var key = new byte[KeyBytes];
        Encoding.ASCII.GetBytes(Prefix, key);
        WriteNumber(key, number);
        return key;
    }

    /// <summary>Makes a key of this space that of another number.</summary>
    public static void WriteNumber(Span<byte> key, int number)
    {
        for (var at = 1; at <= Digits; at++)
        {
            key[^at] = (byte)('0' + (number % 10));
            number /= 10;
        }
    }
}
