using System.Globalization;

namespace Ikada.Log.Format;

/// <summary>The numbers of log format 1; docs/internals/log-format.md tells it byte by byte.</summary>
internal static class LogFormat
{
    public const uint Version = 1;

    /// <summary>What a disk writes as a whole. Batches begin on sector boundaries, so that writing one never
    /// rewrites a sector that holds acknowledged bytes.</summary>
    public const int SectorBytes = 512;

    public const int SegmentBytesMin = 64 << 10;

    private const string Prefix = "segment-";
    private const string FreePrefix = "free-";
    private const string Suffix = ".log";

    public static int AlignRecord(int bytes) => (bytes + 7) & ~7;

    public static int AlignSector(int bytes) => (bytes + SectorBytes - 1) & ~(SectorBytes - 1);

    public static string SegmentName(ulong sequence) =>
        Prefix + sequence.ToString("x16", CultureInfo.InvariantCulture) + Suffix;

    /// <summary>The name of a file that is no segment any more, or not yet.</summary>
    public static string FreeName(ulong sequence) =>
        FreePrefix + sequence.ToString("x16", CultureInfo.InvariantCulture) + Suffix;

    public static bool IsFreeName(string name) =>
        name.StartsWith(FreePrefix, StringComparison.Ordinal)
        && name.EndsWith(Suffix, StringComparison.Ordinal);

    public static bool TryParseSegmentName(string name, out ulong sequence)
    {
        sequence = 0;
        return name.Length == Prefix.Length + 16 + Suffix.Length
            && name.StartsWith(Prefix, StringComparison.Ordinal)
            && name.EndsWith(Suffix, StringComparison.Ordinal)
            && ulong.TryParse(
                name.AsSpan(Prefix.Length, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture,
                    out sequence)
            && sequence > 0;
    }

    public static bool IsZero(ReadOnlySpan<byte> bytes) => bytes.IndexOfAnyExcept((byte)0) < 0;
}
