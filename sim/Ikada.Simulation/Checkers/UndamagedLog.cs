using Ikada.Log;

namespace Ikada.Simulation.Checkers;

/// <summary>I27 from the other side: a log whose bits nobody has turned over opens without damage and without
/// doubt, whatever crashed, failed or was full before.</summary>
internal static class UndamagedLog
{
    public const string Property = "I27 an undamaged log opens without damage";

    /// <summary>A node's log was opened.</summary>
    public static void Opened(NodeView view, RecoveryReport report, RecoveredLog found)
    {
        if (view.WasInjured)
        {
            return;
        }

        foreach (var damage in report.Damage)
        {
            throw new PropertyViolatedException(
                Property,
                $"n{view.Node + 1} finds damage in {damage.File} from {damage.OffsetBytes}: "
                    + $"{damage.What}");
        }

        if (found.IsUnsure || found.LostState || found.Damage.Count > 0)
        {
            throw new PropertyViolatedException(
                Property,
                $"n{view.Node + 1} lacks {found.Damage.Count} ranges of entries; unsure of its end: "
                    + $"{found.IsUnsure}; may have lost a vote: {found.LostState}");
        }
    }
}
