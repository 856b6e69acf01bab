using System.Buffers;
using System.Buffers.Binary;
using Ikada.Primitives;
using Ikada.StateMachine;

namespace Ikada.Simulation.Nodes;

/// <summary>
/// A state machine whose state can go wrong without a word, as by a bit that turned over in the effect of a
/// command, or of its stored bytes. What is wrong is a number beside the machine's own state: part of its
/// hash and of its snapshots, as the wrong effect would be, or of its snapshots alone, as stored bytes
/// would be; and nothing that a client is shown, since no node can take back an answer.
/// </summary>
internal sealed class SpoiltMachine : IStateMachine
{
    private const int TaintBytes = 16;
    private readonly IStateMachine _machine;
    private readonly Action<ulong> _stands;
    private ulong _taint;
    private ulong _rot;
    private ulong _next;
    private Action? _happened;

    /// <param name="machine">Whose state it is.</param>
    /// <param name="stands">Is told what is wrong with it now: 0 if nothing.</param>
    public SpoiltMachine(IStateMachine machine, Action<ulong> stands)
    {
        (_machine, _stands) = (machine, stands);
        stands(0);
    }

    /// <summary>Whether the state is wrong, or will be with the next command.</summary>
    public bool IsSpoilt => (_taint | _rot | _next) != 0;

    /// <summary>By how much the stored bytes have changed; 0: they have not.</summary>
    public ulong Rot => _rot;

    public LogIndex AppliedIndex => _machine.AppliedIndex;

    public LogIndex DurableAppliedIndex => _machine.DurableAppliedIndex;

    public ulong StateHash => _machine.StateHash + _taint;

    /// <summary>The effect of the next command goes wrong; <paramref name="happened"/> is called when it
    /// has.</summary>
    public void SpoilNext(ulong by, Action happened) => (_next, _happened) = (by | 1, happened);

    /// <summary>The stored bytes change.</summary>
    public void Rots(ulong by)
    {
        _rot = by | 1;
        _stands(_taint | _rot);
    }

    public void Apply(ReadOnlySpan<CommittedCommand> commands, LogIndex upTo, IApplyResults results)
    {
        _machine.Apply(commands, upTo, results);
        if (_next != 0 && commands.Length > 0)
        {
            (_taint, _next) = (_next, 0);
            _stands(_taint | _rot);
            _happened!();
        }
    }

    public void Query(ReadOnlySpan<byte> query, IBufferWriter<byte> answer) => _machine.Query(query, answer);

    public IStateSnapshot CaptureSnapshot() => new Capture(
        _machine.CaptureSnapshot(), _taint, _rot);

    public void Restore(ReadOnlySequence<byte> snapshot)
    {
        Span<byte> taint = stackalloc byte[TaintBytes];
        snapshot.Slice(0, TaintBytes).CopyTo(taint);
        _machine.Restore(snapshot.Slice(TaintBytes));
        (_taint, _next) = (BinaryPrimitives.ReadUInt64LittleEndian(taint), 0);
        _rot = BinaryPrimitives.ReadUInt64LittleEndian(taint[8..]);
        _stands(_taint | _rot);
    }

    private sealed class Capture(IStateSnapshot snapshot, ulong taint, ulong rot) : IStateSnapshot
    {
        public LogIndex AppliedIndex => snapshot.AppliedIndex;

        public void WriteTo(IBufferWriter<byte> writer)
        {
            WriteHead(writer);
            snapshot.WriteTo(writer);
        }

        public void ScrubTo(IBufferWriter<byte> writer)
        {
            WriteHead(writer);
            snapshot.ScrubTo(writer);
        }

        private void WriteHead(IBufferWriter<byte> writer)
        {
            var head = writer.GetSpan(TaintBytes);
            BinaryPrimitives.WriteUInt64LittleEndian(head, taint);
            BinaryPrimitives.WriteUInt64LittleEndian(head[8..], rot);
            writer.Advance(TaintBytes);
        }
    }
}
