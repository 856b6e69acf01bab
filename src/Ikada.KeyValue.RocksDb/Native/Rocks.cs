using System.Runtime.InteropServices;

namespace Ikada.KeyValue.RocksDb;

/// <summary>
/// The functions of RocksDB's C interface (include/rocksdb/c.h) that the engine calls. Declared here, since
/// the package's own declarations are bound by reflection at the start: these are not, and allocate nothing.
/// Those that only look at what is in memory already hold up the collector rather than let it pass each time.
/// </summary>
internal static unsafe partial class Rocks
{
    private const string Library = "rocksdb";

    [LibraryImport(Library, EntryPoint = "rocksdb_options_create")]
    public static partial nint CreateOptions();

    [LibraryImport(Library, EntryPoint = "rocksdb_options_destroy")]
    public static partial void DestroyOptions(nint options);

    [LibraryImport(Library, EntryPoint = "rocksdb_options_set_create_if_missing")]
    public static partial void SetCreateIfMissing(nint options, byte value);

    [LibraryImport(Library, EntryPoint = "rocksdb_options_set_paranoid_checks")]
    public static partial void SetParanoidChecks(nint options, byte value);

    [LibraryImport(Library, EntryPoint = "rocksdb_options_set_write_buffer_size")]
    public static partial void SetWriteBufferSize(nint options, nuint bytes);

    [LibraryImport(Library, EntryPoint = "rocksdb_options_set_allow_concurrent_memtable_write")]
    public static partial void SetConcurrentWrites(nint options, byte value);

    [LibraryImport(Library, EntryPoint = "rocksdb_options_set_max_write_buffer_number")]
    public static partial void SetWriteBuffersMax(nint options, int count);

    [LibraryImport(Library, EntryPoint = "rocksdb_options_set_memtable_whole_key_filtering")]
    public static partial void SetBufferFilter(nint options, byte value);

    [LibraryImport(Library, EntryPoint = "rocksdb_options_set_memtable_prefix_bloom_size_ratio")]
    public static partial void SetBufferFilterRatio(nint options, double value);

    [LibraryImport(Library, EntryPoint = "rocksdb_options_set_level0_file_num_compaction_trigger")]
    public static partial void SetFlushedFilesToCompact(nint options, int count);

    [LibraryImport(Library, EntryPoint = "rocksdb_options_set_level0_slowdown_writes_trigger")]
    public static partial void SetFlushedFilesToSlowDown(nint options, int count);

    [LibraryImport(Library, EntryPoint = "rocksdb_options_set_level0_stop_writes_trigger")]
    public static partial void SetFlushedFilesToStop(nint options, int count);

    [LibraryImport(Library, EntryPoint = "rocksdb_options_set_max_background_jobs")]
    public static partial void SetBackgroundJobsMax(nint options, int count);

    [LibraryImport(Library, EntryPoint = "rocksdb_options_set_max_open_files")]
    public static partial void SetOpenFilesMax(nint options, int count);

    [LibraryImport(Library, EntryPoint = "rocksdb_options_set_keep_log_file_num")]
    public static partial void SetInfoLogsKept(nint options, nuint count);

    [LibraryImport(Library, EntryPoint = "rocksdb_create_default_env")]
    public static partial nint CreateEnvironment();

    [LibraryImport(Library, EntryPoint = "rocksdb_env_destroy")]
    public static partial void DestroyEnvironment(nint environment);

    [LibraryImport(Library, EntryPoint = "rocksdb_sst_file_manager_create")]
    public static partial nint CreateFileManager(nint environment);

    [LibraryImport(Library, EntryPoint = "rocksdb_sst_file_manager_destroy")]
    public static partial void DestroyFileManager(nint manager);

    [LibraryImport(Library, EntryPoint = "rocksdb_options_set_sst_file_manager")]
    public static partial void SetFileManager(nint options, nint manager);

    [LibraryImport(Library, EntryPoint = "rocksdb_options_set_block_based_table_factory")]
    public static partial void SetTables(nint options, nint tables);

    [LibraryImport(Library, EntryPoint = "rocksdb_block_based_options_create")]
    public static partial nint CreateTables();

    [LibraryImport(Library, EntryPoint = "rocksdb_block_based_options_destroy")]
    public static partial void DestroyTables(nint tables);

    [LibraryImport(Library, EntryPoint = "rocksdb_block_based_options_set_block_cache")]
    public static partial void SetBlockCache(nint tables, nint cache);

    [LibraryImport(Library, EntryPoint = "rocksdb_block_based_options_set_filter_policy")]
    public static partial void SetFilter(nint tables, nint filter);

    [LibraryImport(Library, EntryPoint = "rocksdb_filterpolicy_create_bloom_full")]
    public static partial nint CreateBloomFilter(double bitsPerKey);

    [LibraryImport(Library, EntryPoint = "rocksdb_cache_create_lru")]
    public static partial nint CreateCache(nuint bytes);

    [LibraryImport(Library, EntryPoint = "rocksdb_cache_destroy")]
    public static partial void DestroyCache(nint cache);

    [LibraryImport(Library, EntryPoint = "rocksdb_open", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint Open(nint options, string path, out nint error);

    [LibraryImport(Library, EntryPoint = "rocksdb_close")]
    public static partial void Close(nint database);

    [LibraryImport(Library, EntryPoint = "rocksdb_free")]
    public static partial void Free(nint memory);

    [LibraryImport(Library, EntryPoint = "rocksdb_writeoptions_create")]
    public static partial nint CreateWriteOptions();

    [LibraryImport(Library, EntryPoint = "rocksdb_writeoptions_destroy")]
    public static partial void DestroyWriteOptions(nint options);

    [LibraryImport(Library, EntryPoint = "rocksdb_writeoptions_disable_WAL")]
    public static partial void DisableWal(nint options, int value);

    [LibraryImport(Library, EntryPoint = "rocksdb_readoptions_create")]
    public static partial nint CreateReadOptions();

    [LibraryImport(Library, EntryPoint = "rocksdb_readoptions_destroy")]
    public static partial void DestroyReadOptions(nint options);

    [LibraryImport(Library, EntryPoint = "rocksdb_readoptions_set_snapshot")]
    public static partial void SetSnapshot(nint options, nint snapshot);

    [LibraryImport(Library, EntryPoint = "rocksdb_readoptions_set_read_tier")]
    public static partial void SetReadTier(nint options, int tier);

    [LibraryImport(Library, EntryPoint = "rocksdb_readoptions_set_fill_cache")]
    public static partial void SetFillCache(nint options, byte value);

    /// <summary>The bytes must stay where they are for as long as the options and their iterators
    /// live.</summary>
    [LibraryImport(Library, EntryPoint = "rocksdb_readoptions_set_iterate_upper_bound")]
    public static partial void SetUpperBound(nint options, byte* key, nuint keyLength);

    [LibraryImport(Library, EntryPoint = "rocksdb_create_snapshot")]
    public static partial nint CreateSnapshot(nint database);

    [LibraryImport(Library, EntryPoint = "rocksdb_release_snapshot")]
    public static partial void ReleaseSnapshot(nint database, nint snapshot);

    [LibraryImport(Library, EntryPoint = "rocksdb_get_pinned")]
    public static partial nint GetPinned(
        nint database, nint options, byte* key, nuint keyLength, out nint error);

    [LibraryImport(Library, EntryPoint = "rocksdb_pinnableslice_value")]
    [SuppressGCTransition]
    public static partial byte* PinnedValue(nint slice, out nuint length);

    [LibraryImport(Library, EntryPoint = "rocksdb_pinnableslice_destroy")]
    public static partial void DestroyPinned(nint slice);

    [LibraryImport(Library, EntryPoint = "rocksdb_create_iterator")]
    public static partial nint CreateIterator(nint database, nint options);

    [LibraryImport(Library, EntryPoint = "rocksdb_iter_seek")]
    public static partial void Seek(nint iterator, byte* key, nuint keyLength);

    [LibraryImport(Library, EntryPoint = "rocksdb_iter_next")]
    public static partial void MoveNext(nint iterator);

    [LibraryImport(Library, EntryPoint = "rocksdb_iter_valid")]
    [SuppressGCTransition]
    public static partial byte IsValid(nint iterator);

    [LibraryImport(Library, EntryPoint = "rocksdb_iter_key")]
    [SuppressGCTransition]
    public static partial byte* KeyOf(nint iterator, out nuint length);

    [LibraryImport(Library, EntryPoint = "rocksdb_iter_value")]
    [SuppressGCTransition]
    public static partial byte* ValueOf(nint iterator, out nuint length);

    [LibraryImport(Library, EntryPoint = "rocksdb_iter_get_error")]
    public static partial void ErrorOf(nint iterator, out nint error);

    [LibraryImport(Library, EntryPoint = "rocksdb_iter_destroy")]
    public static partial void DestroyIterator(nint iterator);

    [LibraryImport(Library, EntryPoint = "rocksdb_writebatch_create")]
    public static partial nint CreateBatch();

    [LibraryImport(Library, EntryPoint = "rocksdb_writebatch_destroy")]
    public static partial void DestroyBatch(nint batch);

    [LibraryImport(Library, EntryPoint = "rocksdb_writebatch_put")]
    public static partial void Put(
        nint batch, byte* key, nuint keyLength, byte* value, nuint valueLength);

    [LibraryImport(Library, EntryPoint = "rocksdb_writebatch_delete")]
    public static partial void Delete(nint batch, byte* key, nuint keyLength);

    [LibraryImport(Library, EntryPoint = "rocksdb_write")]
    public static partial void Write(nint database, nint options, nint batch, out nint error);

    [LibraryImport(Library, EntryPoint = "rocksdb_writebatch_wi_create")]
    public static partial nint CreateIndexedBatch(nuint reservedBytes, byte overwritesKeys);

    [LibraryImport(Library, EntryPoint = "rocksdb_writebatch_wi_destroy")]
    public static partial void DestroyIndexedBatch(nint batch);

    [LibraryImport(Library, EntryPoint = "rocksdb_writebatch_wi_put")]
    public static partial void PutIndexed(
        nint batch, byte* key, nuint keyLength, byte* value, nuint valueLength);

    [LibraryImport(Library, EntryPoint = "rocksdb_writebatch_wi_delete")]
    public static partial void DeleteIndexed(nint batch, byte* key, nuint keyLength);

    [LibraryImport(Library, EntryPoint = "rocksdb_writebatch_wi_create_iterator_with_base")]
    public static partial nint CreateIteratorOver(nint batch, nint baseIterator);

    [LibraryImport(Library, EntryPoint = "rocksdb_flushoptions_create")]
    public static partial nint CreateFlushOptions();

    [LibraryImport(Library, EntryPoint = "rocksdb_flushoptions_destroy")]
    public static partial void DestroyFlushOptions(nint options);

    [LibraryImport(Library, EntryPoint = "rocksdb_flushoptions_set_wait")]
    public static partial void SetFlushWaits(nint options, byte value);

    [LibraryImport(Library, EntryPoint = "rocksdb_flush")]
    public static partial void Flush(nint database, nint options, out nint error);

    [LibraryImport(Library, EntryPoint = "rocksdb_compactoptions_create")]
    public static partial nint CreateCompactOptions();

    [LibraryImport(Library, EntryPoint = "rocksdb_compactoptions_destroy")]
    public static partial void DestroyCompactOptions(nint options);

    [LibraryImport(Library, EntryPoint = "rocksdb_compactoptions_set_exclusive_manual_compaction")]
    public static partial void SetExclusive(nint options, byte value);

    [LibraryImport(Library, EntryPoint = "rocksdb_compactoptions_set_bottommost_level_compaction")]
    public static partial void SetBottommost(nint options, byte value);

    [LibraryImport(Library, EntryPoint = "rocksdb_compact_range_opt")]
    public static partial void CompactRange(
        nint database, nint options, byte* from, nuint fromLength, byte* to, nuint toLength);

    [LibraryImport(Library, EntryPoint = "rocksdb_disable_manual_compaction")]
    public static partial void DisableManualCompaction(nint database);

    [LibraryImport(
        Library, EntryPoint = "rocksdb_property_int", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int GetProperty(nint database, string name, out ulong value);
}
