using System.Diagnostics;
using Ikada.Replica;

namespace Ikada.Node;

/// <summary>What a node traces, under the source <c>Ikada</c>: one activity for each proposal, from the call
/// until it is applied. Where nobody listens there is none, and nothing is allocated.</summary>
public static class NodeActivities
{
    /// <summary>The name of the source.</summary>
    public const string SourceName = "Ikada";

    private static readonly ActivitySource Source = new(SourceName);

    internal static bool HasListeners => Source.HasListeners();

    internal static Activity? Propose(int bytes)
    {
        var activity = Source.StartActivity("ikada.propose");
        return activity is { IsAllDataRequested: true } ? activity.SetTag("ikada.bytes", bytes) : activity;
    }

    /// <summary>Notes what came of it.</summary>
    internal static void End(Activity? activity, in WriteOutcome outcome, int retries)
    {
        if (activity is null)
        {
            return;
        }

        if (activity.IsAllDataRequested)
        {
            activity.SetTag("ikada.outcome", NodeMetrics.NameOf(outcome.Kind));
            activity.SetTag("ikada.retries", retries);
            if (outcome.Kind == OutcomeKind.Applied)
            {
                activity.SetTag("ikada.index", (long)outcome.Position.Index.Value);
                activity.SetTag("ikada.term", (long)outcome.Position.Term.Value);
            }
            else if (outcome.Kind == OutcomeKind.Refused)
            {
                activity.SetTag("ikada.refusal", outcome.Refusal.ToString());
            }
        }

        activity.SetStatus(
            outcome.Kind == OutcomeKind.Applied ? ActivityStatusCode.Ok : ActivityStatusCode.Error);
    }
}
