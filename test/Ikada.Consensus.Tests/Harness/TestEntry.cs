namespace Ikada.Consensus.Tests.Harness;

/// <summary>An entry with a body that tells it apart; the empty entry of a leader has none.</summary>
internal readonly record struct TestEntry(ulong Term, string Body)
{
    /// <summary>Of a membership entry: what it says. The same object on every node.</summary>
    public Membership? Membership { get; private init; }

    public EntryHeader Header => Membership is not null
        ? new(new Term(Term), EntryKind.Membership, Membership.Encode().Length, Membership)
        : new(new Term(Term), Body.Length == 0 ? EntryKind.Empty : EntryKind.Command, Body.Length);

    public static TestEntry Of(ulong term, Membership membership) =>
        new(term, membership.ToString()) { Membership = membership };

    /// <summary>Entries of these terms, each with a body that names its term and place.</summary>
    public static TestEntry[] OfTerms(int firstIndex, params ReadOnlySpan<ulong> terms)
    {
        var entries = new TestEntry[terms.Length];
        for (var i = 0; i < terms.Length; i++)
        {
            entries[i] = new TestEntry(terms[i], $"{terms[i]}/{firstIndex + i}");
        }

        return entries;
    }
}

/// <summary>A message on its way, with the entries of an Append.</summary>
internal sealed record Envelope(Message Message, TestEntry[] Entries)
{
    /// <summary>The process that sent it; none in tests that do not look at incarnations.</summary>
    public PeerIdentity Sender { get; init; }

    /// <summary>Of an InstallSnapshot: what arrives whole.</summary>
    public TestSnapshot? Snapshot { get; init; }

    public MessageType Type => Message.Type;

    public override string ToString() =>
        $"{Message.From}→{Message.To} {Type} term {Message.Term.Value} at {Message.Position} end"
            + $" {Message.End} "
        + $"commit {Message.Commit} round {Message.Round}{(Message.Reject ? " refused" : string.Empty)}";
}
