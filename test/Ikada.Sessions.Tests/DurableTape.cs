using System.Buffers;
using System.Collections.Immutable;
using Ikada.Primitives;
using Ikada.StateMachine;

namespace Ikada.Sessions.Tests;

/// <summary>A tape on a medium: each call of Apply is a transaction, and a crash leaves the state of one of
/// them.</summary>
internal sealed class DurableTape : IDurableStateMachine
{
    private readonly Medium _medium;
    private readonly Tape _tape;

    public DurableTape(Medium medium, int padding)
    {
        (_medium, _tape) = (medium, new Tape { Padding = padding });
        if (medium.Last is { Tape: { } bytes })
        {
            _tape.Restore(new ReadOnlySequence<byte>(bytes));
        }
    }

    public LogIndex AppliedIndex => _tape.AppliedIndex;

    public LogIndex DurableAppliedIndex => _tape.AppliedIndex;

    public ulong StateHash => _tape.StateHash;

    public int Notes => _medium.Last?.Notes.Count ?? 0;

    public void Apply(
        ReadOnlySpan<CommittedCommand> commands, LogIndex upTo, IApplyResults results, IApplyNotes notes)
    {
        _tape.Apply(commands, upTo, results);
        var writer = new Writer(_medium.Last?.Notes ?? Medium.NoNotes);
        notes.WriteTo(writer);
        Commit(writer.Notes);
    }

    public void ReadNotes(INoteReader reader)
    {
        foreach (var (key, value) in _medium.Last?.Notes ?? Medium.NoNotes)
        {
            reader.Read(Convert.FromHexString(key), value);
        }
    }

    public void Query(ReadOnlySpan<byte> query, IBufferWriter<byte> answer) => _tape.Query(query, answer);

    public IStateSnapshot CaptureSnapshot() => new View(AppliedIndex, _medium.Last!);

    public IStateRestore BeginRestore() => new Restoring(this);

    private void Commit(ImmutableSortedDictionary<string, byte[]> notes)
    {
        var writer = new ArrayBufferWriter<byte>();
        _tape.CaptureSnapshot().WriteTo(writer);
        _medium.Transactions.Add(new Transaction(AppliedIndex, writer.WrittenSpan.ToArray(), notes));
    }

    /// <summary>What every transaction left.</summary>
    internal sealed class Medium
    {
        public static ImmutableSortedDictionary<string, byte[]> NoNotes { get; } =
            ImmutableSortedDictionary<string, byte[]>.Empty;

        public List<Transaction> Transactions { get; } = [];

        public Transaction? Last => Transactions.Count == 0 ? null : Transactions[^1];
    }

    internal sealed record Transaction(
        LogIndex Applied, byte[] Tape, ImmutableSortedDictionary<string, byte[]> Notes);

    private sealed class Writer(ImmutableSortedDictionary<string, byte[]> notes) : INoteWriter
    {
        public ImmutableSortedDictionary<string, byte[]> Notes { get; private set; } = notes;

        public void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) =>
            Notes = Notes.SetItem(Convert.ToHexString(key), value.ToArray());

        public void Remove(ReadOnlySpan<byte> key) => Notes = Notes.Remove(Convert.ToHexString(key));
    }

    // The notes, each with its length, then the tape.
    private sealed class View(LogIndex applied, Transaction state) : IStateSnapshot
    {
        public LogIndex AppliedIndex => applied;

        public void WriteTo(IBufferWriter<byte> writer)
        {
            foreach (var (key, value) in state.Notes)
            {
                writer.Write<byte>([(byte)(key.Length / 2), (byte)value.Length]);
                writer.Write<byte>(Convert.FromHexString(key));
                writer.Write<byte>(value);
            }

            writer.Write<byte>([0]);
            writer.Write<byte>(state.Tape);
        }
    }

    private sealed class Restoring(DurableTape machine) : IStateRestore
    {
        private readonly MemoryStream _aside = new();

        public void Write(ReadOnlyMemory<byte> piece) => _aside.Write(piece.Span);

        public void Complete()
        {
            ReadOnlySpan<byte> bytes = _aside.ToArray();
            var notes = Medium.NoNotes;
            for (; bytes[0] > 0; bytes = bytes[(2 + bytes[0] + bytes[1])..])
            {
                notes = notes.Add(
                    Convert.ToHexString(bytes.Slice(2, bytes[0])),
                    bytes.Slice(2 + bytes[0], bytes[1]).ToArray());
            }

            machine._tape.Restore(new ReadOnlySequence<byte>(bytes[1..].ToArray()));
            machine.Commit(notes);
        }

        public void Dispose() => _aside.Dispose();
    }
}
