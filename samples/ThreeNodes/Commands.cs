using System.Text.Json.Serialization;

namespace Ikada.Samples.ThreeNodes;

/// <summary>What changes the list. Commands stay in the log: a new kind gets a new name, and a property that
/// is added needs a default.</summary>
[JsonDerivedType(typeof(AddItem), "add")]
[JsonDerivedType(typeof(FinishItem), "finish")]
[JsonDerivedType(typeof(RemoveItem), "remove")]
internal abstract record Command;

/// <summary>The time comes with the command: a state machine may not look at a clock.</summary>
internal sealed record AddItem(string Text, DateTimeOffset At) : Command;

internal sealed record FinishItem(long Id) : Command;

internal sealed record RemoveItem(long Id) : Command;

/// <summary>What came of it: the item, or null if there is none of that id.</summary>
internal sealed record CommandResult(Item? Item);

internal sealed record Item(long Id, string Text, DateTimeOffset At, bool IsDone);
