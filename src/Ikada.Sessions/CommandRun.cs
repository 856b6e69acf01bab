using System.Runtime.InteropServices;
using Ikada.StateMachine;

namespace Ikada.Sessions;

/// <summary>Commands that go to the decorated machine in one call, and what it says of them. Used again from
/// run to run.</summary>
internal sealed class CommandRun : IApplyResults
{
    private readonly List<CommittedCommand> _commands = [];
    private readonly List<Place> _places = [];
    private ReadOnlyMemory<byte>[] _results = [];

    public int Count => _commands.Count;

    public ReadOnlySpan<CommittedCommand> Commands => CollectionsMarshal.AsSpan(_commands);

    public Place this[int at] => _places[at];

    public ReadOnlySpan<byte> ResultOf(int at) => _results[at].Span;

    public void Add(in CommittedCommand command, in Place place)
    {
        _commands.Add(command);
        _places.Add(place);
        if (_results.Length < _commands.Count)
        {
            Array.Resize(ref _results, Math.Max(64, 2 * _results.Length));
        }
    }

    public void Set(int position, ReadOnlyMemory<byte> result)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)position, (uint)Count, nameof(position));
        _results[position] = result;
    }

    public void Clear()
    {
        _results.AsSpan(0, Count).Clear();
        _commands.Clear();
        _places.Clear();
    }

    /// <summary>Where a command came from.</summary>
    /// <param name="Position">Its place in the batch that the session machine was given.</param>
    /// <param name="Session">Its session; null: it has none.</param>
    /// <param name="Sequence">Its number in the session.</param>
    /// <param name="IsWaitedFor">Whether somebody on this node waits for the result.</param>
    internal readonly record struct Place(
        int Position, Session? Session, ulong Sequence, bool IsWaitedFor);
}
