using Ikada.Log;
using Ikada.Primitives;

namespace Ikada.Simulation.Checkers;

/// <summary>What a node's log found when it was opened.</summary>
/// <param name="Base">The position before its first entry: what lies up to it is in a snapshot.</param>
/// <param name="Entries">Its entries behind the base; the term of those that cannot be read may be 0.</param>
/// <param name="Damage">Which of them cannot be read.</param>
/// <param name="State">The term and vote found.</param>
/// <param name="IsUnsure">Whether it says that more may have been there.</param>
/// <param name="LostState">Whether it says that a newer term or vote may have been there.</param>
internal sealed record RecoveredLog(
    LogPosition Base, LogPosition[] Entries, IReadOnlyList<DamagedRange> Damage, HardState State,
    bool IsUnsure = false, bool LostState = false)
{
    /// <summary>The membership as of the base, as bytes.</summary>
    public byte[] BaseMembership { get; init; } = Membership.Empty.Encode();

    /// <summary>The last index.</summary>
    public ulong Last => Base.Index.Value + (ulong)Entries.Length;

    /// <summary>The term at an index behind the base; 0 where there is none.</summary>
    public ulong TermAt(ulong index) =>
        index > Base.Index.Value && index <= Last
            ? Entries[(int)(index - Base.Index.Value) - 1].Term.Value : 0;

    /// <summary>Reads what the log tells.</summary>
    public static RecoveredLog Of(GroupLog log)
    {
        var entries = new List<LogPosition>();
        log.VisitRecovered(entry =>
        {
            for (var index = entry.Index; index <= entry.Last; index = index.Next)
            {
                entries.Add(new LogPosition(index, entry.Term));
            }
        });
        return new RecoveredLog(
            log.Base, [.. entries], [.. log.Damage], log.RecoveredHardState, log.IsUnsure, log.LostHardState)
        {
            BaseMembership = log.BaseMembership.Encode(),
        };
    }

    /// <summary>Puts the terms in that the disk had made durable where the entries cannot be read any more:
    /// what is lost is known to the checkers.</summary>
    public void FillIn(int node, LogMirror durable)
    {
        foreach (var range in Damage)
        {
            for (var index = range.First; index <= range.Last; index = index.Next)
            {
                var known = index.Value <= durable.Last ? durable.TermAt(index.Value) : 0;
                if (known == 0 || (range.Term.Value != 0 && range.Term.Value != known))
                {
                    throw new PropertyViolatedException(
                        DurableImage.Property,
                        $"n{node + 1} recovered a damaged entry {range.Term}/{index}; durable was term "
                        + $"{known} "
                        + $"(durable up to {durable.Last})");
                }

                Entries[(int)(index.Value - Base.Index.Value) - 1] = new LogPosition(index, new Term(known));
            }
        }
    }
}
