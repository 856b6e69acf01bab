using Ikada.Primitives;
using static Ikada.Testing.Logs.ConformanceException;

namespace Ikada.Testing.Logs;

/// <summary>
/// A log does at random what logs do, through restarts, deaths of the process and power cuts, beside a
/// model that is right by being simple. After a cut, what is found must be the log as it was at some moment
/// between the last acknowledgement and the cut.
/// </summary>
public sealed class RandomLogWalk
{
    private static readonly GroupId[] Ids = [new(7), new(8)];
    private static readonly Membership Members =
        new([new Member(new NodeId(1), null, default)], [new NodeId(1)]);

    private readonly ILogPlace _place;
    private readonly RandomSource _random;
    private readonly WalkModel[] _models = [.. Ids.Select(static id => new WalkModel(id))];

    public RandomLogWalk(ILogPlace place, ulong seed) => (_place, _random) = (place, new RandomSource(seed));

    /// <summary>How often the log was opened again after a clean end, a death, and a power cut.</summary>
    public int Ends { get; private set; }

    public int Deaths { get; private set; }

    public int Cuts { get; private set; }

    /// <summary>Walks through so many lives of the log.</summary>
    public void Run(int lives)
    {
        for (var life = 0; life < lives; life++)
        {
            using var log = _place.Open();
            var groups = Array.ConvertAll(Ids, id => log.OpenGroup(id, Members));
            for (var i = 0; i < Ids.Length; i++)
            {
                _models[i].Found(groups[i]);
            }

            for (var rounds = _random.NextBelow(30); rounds > 0; rounds--)
            {
                Round(groups);
                log.Flush();
                for (var i = 0; i < Ids.Length; i++)
                {
                    _models[i].Flushed(groups[i]);
                }
            }

            End(log, groups);
        }
    }

    private void Round(ILogGroupSubject[] groups)
    {
        for (var left = 1 + _random.NextBelow(5); left > 0; left--)
        {
            var which = _random.NextBelow(Ids.Length);
            _models[which].DoSomething(groups[which], _random, Members);
        }
    }

    private void End(ILogSubject log, ILogGroupSubject[] groups)
    {
        switch (_random.NextBelow(3))
        {
            case 0:
                Ends++;
                break;
            case 1:
                Round(groups);
                Array.ForEach(_models, static model => model.Died());
                Deaths++;
                break;
            default:
                if (!_place.CanCutPower)
                {
                    goto case 0;
                }

                Round(groups);
                log.FlushIntoPowerCut(_random);
                Cuts++;
                break;
        }
    }

    /// <summary>What one group must hold: as of the last acknowledgement, and each state asked for
    /// since.</summary>
    private sealed class WalkModel(GroupId id)
    {
        private readonly HashSet<(ulong, ulong)> _votes = [(0, 0)];
        private readonly List<WalkState> _since = [new WalkState(default, [])];
        private (ulong Term, ulong Vote) _acknowledged;
        private ulong _commit;
        private ulong _term;

        private WalkState Now => _since[^1];

        public void DoSomething(ILogGroupSubject group, RandomSource random, Membership members)
        {
            switch (random.NextBelow(12))
            {
                case 0:
                    Vote(group, random);
                    break;
                case 1 when Now.Last > _commit:
                    Vote(group, random);
                    Truncate(group, _commit + 1 + random.NextBelow(Now.Last - _commit));
                    break;
                case 2 when _commit > Now.Base.Index.Value:
                    var at = Now.Base.Index.Value + 1 + random.NextBelow(_commit - Now.Base.Index.Value);
                    group.Compact(Now.PositionOf(at), members);
                    _since.Add(Now.Compacted(at));
                    break;
                case 3 when random.OneIn(4):
                    Vote(group, random);
                    var position = new LogPosition(
                        new LogIndex(Now.Last + 1 + random.NextBelow(20UL)), new Term(_term));
                    group.Reset(position, members);
                    _commit = position.Index.Value;
                    _since.Add(new WalkState(position, []));
                    break;
                default:
                    Append(group, random);
                    break;
            }
        }

        /// <summary>All that was asked for is durable; some of it counts as committed from now
        /// on.</summary>
        public void Flushed(ILogGroupSubject group)
        {
            CheckIs(Now, group);
            Equal(Now.Last, group.Durable.Index.Value, "durable");
            _since.RemoveRange(0, _since.Count - 1);
            if (group.AcknowledgedState is { } state)
            {
                _acknowledged = (state.Term.Value, state.Vote.Value);
                Equal(_term, state.Term.Value, "acknowledged term");
            }

            _commit = Math.Max(_commit, Now.Last - Math.Min(Now.Last, 3));
            group.NoteCommit(new LogIndex(_commit));
        }

        /// <summary>The process died before it handed on what was asked for last.</summary>
        public void Died() => _since.RemoveRange(1, _since.Count - 1);

        /// <summary>Holds what was found against what may be there, and goes on from it.</summary>
        public void Found(ILogGroupSubject group)
        {
            var found = _since.FirstOrDefault(state => state.Is(group));
            Unless(
                found is not null,
                $"group {id} ends at {group.Last} behind {group.Base}, and may only be "
                    + string.Join(" or ", _since));
            CheckIs(found, group);
            _since.Clear();
            _since.Add(found);
            var state = (group.FoundState.Term.Value, group.FoundState.Vote.Value);
            Unless(
                _votes.Contains(state) && state.Item1 >= _acknowledged.Term
                    && (state.Item1 > _acknowledged.Term || state == _acknowledged),
                $"vote {_acknowledged} became {state}");
            _acknowledged = state;
            _term = state.Item1;
            _commit = Math.Max(group.FoundState.Commit.Value, found.Base.Index.Value);
        }

        private void Vote(ILogGroupSubject group, RandomSource random)
        {
            _term++;
            var vote = 1 + random.NextBelow(3UL);
            _votes.Add((_term, vote));
            group.SaveHardState(new Term(_term), new NodeId(vote));
        }

        private void Truncate(ILogGroupSubject group, ulong first)
        {
            // What is only queued is taken back as if it had never been asked for: so each state since may
            // come without it.
            var queued = Math.Max(first, group.Durable.Index.Value + 1);
            var without = _since.FindAll(state => state.Last >= queued && state.Base.Index.Value < queued);
            group.Truncate(new LogIndex(first));
            var now = Now.Truncated(first);
            _since.AddRange(without.ConvertAll(state => state.Truncated(queued)));
            _since.Add(now);
        }

        private void Append(ILogGroupSubject group, RandomSource random)
        {
            var bytes = random.OneIn(8) ? random.NextBelow(9000) : random.NextBelow(300);
            var term = Math.Max(_term, Now.LastTerm);
            group.Append(LogEntries.Make(id, Now.Last + 1, term, bytes));
            _since.Add(Now.Appended(term));
        }

        private void CheckIs(WalkState state, ILogGroupSubject group)
        {
            Unless(state.Is(group), $"group {id} is {group.Base} to {group.Last}, not as it should be");
            var next = state.Base.Index.Value + 1;
            while (next <= state.Last)
            {
                var some = group.Read(new LogIndex(next), new LogIndex(state.Last), 1 << 20);
                Unless(some.Length > 0, $"entry {next} of group {id} is not read");
                foreach (var entry in some)
                {
                    LogEntries.CheckIs(entry, id, next, state.TermOf(next));
                    next++;
                }
            }
        }
    }
}
