using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;
using Ikada.Primitives;
using Ikada.StateMachine;

namespace Ikada.Tests;

/// <summary>
/// A sum that keeps itself in a file, whole, with the applied index and the notes in it: written aside and
/// renamed, now and then. What was applied since is lost with the process. (Not synced: the tests end
/// processes, not machines.)
/// </summary>
internal sealed class TallyOnDisk : IDurableStateMachine
{
    private readonly string _directory;
    private readonly SortedDictionary<string, byte[]> _notes = new(StringComparer.Ordinal);
    private ulong _applied;
    private ulong _durable;
    private long _sum;

    public TallyOnDisk(string directory)
    {
        _directory = directory;
        Directory.CreateDirectory(directory);
        if (File.Exists(StateFile))
        {
            Load(File.ReadAllBytes(StateFile));
        }
    }

    public LogIndex AppliedIndex => new(Volatile.Read(ref _applied));

    public LogIndex DurableAppliedIndex => new(Volatile.Read(ref _durable));

    public ulong StateHash => (ulong)Volatile.Read(ref _sum);

    public long Sum => Volatile.Read(ref _sum);

    /// <summary>Whether each batch is made durable.</summary>
    public bool FlushesAlways { get; set; }

    /// <summary>The first command that this process was given.</summary>
    public LogIndex? FirstGiven { get; private set; }

    /// <summary>In how many pieces the last snapshot came; 0: none did.</summary>
    public int PiecesRestored { get; private set; }

    private string StateFile => Path.Combine(_directory, "state");

    public void Apply(
        ReadOnlySpan<CommittedCommand> commands, LogIndex upTo, IApplyResults results, IApplyNotes notes)
    {
        for (var i = 0; i < commands.Length; i++)
        {
            FirstGiven ??= commands[i].Index;
            Volatile.Write(ref _sum, _sum + BinaryPrimitives.ReadInt64LittleEndian(commands[i].Body.Span));
            var result = new byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(result, _sum);
            results.Set(i, result);
        }

        notes.WriteTo(new Writer(_notes));
        Volatile.Write(ref _applied, upTo.Value);
        if (FlushesAlways)
        {
            Flush();
        }
    }

    public void ReadNotes(INoteReader reader)
    {
        foreach (var (key, value) in _notes)
        {
            reader.Read(Convert.FromHexString(key), value);
        }
    }

    public void Query(ReadOnlySpan<byte> query, IBufferWriter<byte> answer) =>
        throw new NotSupportedException();

    public IStateSnapshot CaptureSnapshot() => new View(AppliedIndex, Encode());

    public IStateRestore BeginRestore() => new Restoring(this, Path.Combine(_directory, "restore"));

    private void Flush()
    {
        File.WriteAllBytes(StateFile + ".new", Encode());
        File.Move(StateFile + ".new", StateFile, overwrite: true);
        Volatile.Write(ref _durable, _applied);
    }

    private byte[] Encode() => JsonSerializer.SerializeToUtf8Bytes(new Saved(_applied, _sum, new(_notes)));

    private void Load(byte[] bytes)
    {
        var saved = JsonSerializer.Deserialize<Saved>(bytes)!;
        _notes.Clear();
        foreach (var (key, value) in saved.Notes)
        {
            _notes[key] = value;
        }

        Volatile.Write(ref _sum, saved.Sum);
        Volatile.Write(ref _applied, saved.Applied);
        Volatile.Write(ref _durable, saved.Applied);
    }

    private sealed record Saved(ulong Applied, long Sum, Dictionary<string, byte[]> Notes);

    private sealed class Writer(SortedDictionary<string, byte[]> notes) : INoteWriter
    {
        public void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) =>
            notes[Convert.ToHexString(key)] = value.ToArray();

        public void Remove(ReadOnlySpan<byte> key) => notes.Remove(Convert.ToHexString(key));
    }

    private sealed record View(LogIndex AppliedIndex, byte[] Bytes) : IStateSnapshot
    {
        public void WriteTo(IBufferWriter<byte> writer) => writer.Write<byte>(Bytes);
    }

    // Aside, then switched by one rename.
    private sealed class Restoring(TallyOnDisk tally, string aside) : IStateRestore
    {
        private readonly FileStream _file = File.Create(aside);
        private int _pieces;

        public void Write(ReadOnlyMemory<byte> piece)
        {
            _file.Write(piece.Span);
            _pieces++;
        }

        public void Complete()
        {
            _file.Dispose();
            tally.Load(File.ReadAllBytes(aside));
            File.Move(aside, tally.StateFile, overwrite: true);
            tally.PiecesRestored = _pieces;
        }

        public void Dispose()
        {
            _file.Dispose();
            File.Delete(aside);
        }
    }
}
