using System.Globalization;
using Ikada.Faults.Clients;

namespace Ikada.Faults.Running;

/// <summary>What to run; the head of <c>test/faults</c> says what can be set.</summary>
internal sealed record RunOptions
{
    private static readonly Dictionary<string, Plant> Plants = new(StringComparer.Ordinal)
    {
        ["stale-read"] = Plant.StaleRead,
        ["lost-event"] = Plant.LostEvent,
        ["lost-write"] = Plant.LostWrite,
        ["early-expiry"] = Plant.EarlyExpiry,
    };

    private static readonly FaultKind[] AllKinds = Enum.GetValues<FaultKind>();

    /// <summary>The program.</summary>
    public string Ikada { get; init; } = string.Empty;

    /// <summary>For each run its name and the kinds that take turns in it.</summary>
    public IReadOnlyList<(string Name, FaultKind[] Kinds)> Runs { get; init; } =
        [.. AllKinds.Select(kind => (NameOf(kind), new[] { kind })), ("all", AllKinds)];

    /// <summary>How long each run is, in seconds.</summary>
    public int Seconds { get; init; } = 300;

    public int Seed { get; init; } = 1;

    /// <summary>How many clients put and get; those of leases and watches come on top.</summary>
    public int Clients { get; init; } = 20;

    /// <summary>Where histories and logs stay; empty: only after a violation.</summary>
    public string Keep { get; init; } = string.Empty;

    public Plant Plant { get; init; }

    /// <summary>The engine that the servers are to use; empty: their default.</summary>
    public string Engine { get; init; } = string.Empty;

    public static bool TryParse(string[] args, out RunOptions options, out string wrong)
    {
        (options, wrong) = (new RunOptions(), string.Empty);
        for (var i = 0; i < args.Length; i += 2)
        {
            if (i + 1 == args.Length)
            {
                wrong = $"{args[i]} needs a value";
                return false;
            }

            if (options.With(args[i], args[i + 1]) is not { } next)
            {
                wrong = $"'{args[i]} {args[i + 1]}' is not understood; see the head of test/faults";
                return false;
            }

            options = next;
        }

        wrong = options.Ikada.Length == 0 ? "--ikada PROGRAM is missing" : string.Empty;
        return wrong.Length == 0;
    }

    public static string NameOf(FaultKind kind) => kind.ToString().ToLowerInvariant();

    private RunOptions? With(string name, string value) => name switch
    {
        "--ikada" => this with { Ikada = value },
        "--kind" when value == "all" => this with { Runs = [("all", AllKinds)] },
        "--kind" => Array.Find(AllKinds, kind => NameOf(kind) == value) is var kind && NameOf(kind) == value
            ? this with { Runs = [(value, [kind])] } : null,
        "--seconds" => Whole(value, 1, 86_400) is { } n ? this with { Seconds = n } : null,
        "--seed" => Whole(value, 0, int.MaxValue) is { } n ? this with { Seed = n } : null,
        "--clients" => Whole(value, 1, 1000) is { } n ? this with { Clients = n } : null,
        "--keep" => this with { Keep = value },
        "--plant" => Plants.TryGetValue(value, out var plant) ? this with { Plant = plant } : null,
        "--engine" => this with { Engine = value },
        _ => null,
    };

    private static int? Whole(string text, int min, int max) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number >= min && number <= max ? number : null;
}
