using System.Globalization;

namespace Ikada.Differential;

/// <summary>What to run: <c>--etcd PROGRAM --ikada PROGRAM --requests N --seed S [--kinds LIST]
/// [--shrink-seconds N]</c>.</summary>
internal sealed record RunOptions
{
    public string Etcd { get; init; } = "etcd";

    public string Ikada { get; init; } = "";

    public int Requests { get; init; } = 100_000;

    public int Seed { get; init; } = 1;

    /// <summary>How long a difference may be shrunk.</summary>
    public TimeSpan ShrinkTime { get; init; } = TimeSpan.FromSeconds(60);

    public IReadOnlyList<string> Kinds { get; init; } = StepSource.AllKinds;

    public static bool TryParse(string[] args, out RunOptions options, out string wrong)
    {
        options = new RunOptions();
        wrong = "";
        for (var i = 0; i < args.Length; i += 2)
        {
            if (i + 1 == args.Length)
            {
                wrong = $"{args[i]} needs a value";
                return false;
            }

            var next = args[i] switch
            {
                "--etcd" => options with { Etcd = args[i + 1] },
                "--ikada" => options with { Ikada = args[i + 1] },
                "--requests" => Whole(args[i + 1]) is { } n ? options with { Requests = n } : null,
                "--seed" => Whole(args[i + 1]) is { } n ? options with { Seed = n } : null,
                "--shrink-seconds" => Whole(args[i + 1]) is { } n
                    ? options with { ShrinkTime = TimeSpan.FromSeconds(n) } : null,
                "--kinds" => args[i + 1].Split(',').All(StepSource.AllKinds.Contains)
                    ? options with { Kinds = args[i + 1].Split(',') } : null,
                _ => null,
            };
            if (next is null)
            {
                wrong = $"'{args[i]} {args[i + 1]}' is not understood; see the head of test/differential";
                return false;
            }

            options = next;
        }

        wrong = options.Ikada.Length == 0 ? "--ikada PROGRAM is missing" : "";
        return wrong.Length == 0;
    }

    private static int? Whole(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
