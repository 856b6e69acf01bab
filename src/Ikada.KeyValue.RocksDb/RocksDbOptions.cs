namespace Ikada.KeyValue.RocksDb;

/// <summary>The settings of the engine.</summary>
public sealed record RocksDbOptions
{
    private const long Mebibyte = 1 << 20;

    /// <summary>How many bytes of changes are gathered in memory before they are flushed. A restart applies
    /// again up to twice as much. Default 64 MiB; 64 KiB to 1 GiB.</summary>
    public long WriteBufferBytes { get; init; } = 64 * Mebibyte;

    /// <summary>How many bytes of blocks that were read stay in memory. Default 64 MiB; 1 MiB to 1
    /// TiB.</summary>
    public long BlockCacheBytes { get; init; } = 64 * Mebibyte;

    /// <summary>The most files that are held open. Default 1000; at least 32.</summary>
    public int OpenFilesMax { get; init; } = 1000;

    /// <summary>Returns what is wrong with the settings, naming option, value and range, or null.</summary>
    public string? Validate() =>
        WriteBufferBytes is < 64 << 10 or > 1024 * Mebibyte
            ? $"WriteBufferBytes is {WriteBufferBytes}; it must be from 65536 to {1024 * Mebibyte}"
        : BlockCacheBytes < Mebibyte || BlockCacheBytes > 1024 * 1024 * Mebibyte
            ? $"BlockCacheBytes is {BlockCacheBytes}; it must be from {Mebibyte} to "
                + $"{1024 * 1024 * Mebibyte}"
        : OpenFilesMax < 32 ? $"OpenFilesMax is {OpenFilesMax}; it must be at least 32"
        : null;
}
